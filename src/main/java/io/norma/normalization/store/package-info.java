/** Normalizers in the database. */
@NullMarked
package io.norma.normalization.store;

import org.jspecify.annotations.NullMarked;
