/** The application. */
@NullMarked
package io.norma;

import org.jspecify.annotations.NullMarked;
