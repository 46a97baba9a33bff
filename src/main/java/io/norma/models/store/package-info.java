/** Uploaded models in the database. */
@NullMarked
package io.norma.models.store;

import org.jspecify.annotations.NullMarked;
