/** What JSON is not, but comes as JSON all the same. */
@NullMarked
package io.norma.http.codec.json;

import org.jspecify.annotations.NullMarked;
