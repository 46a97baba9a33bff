/** References in the database. */
@NullMarked
package io.norma.references.store;

import org.jspecify.annotations.NullMarked;
