/** Keys in the database. */
@NullMarked
package io.norma.security.store;

import org.jspecify.annotations.NullMarked;
