/** The audit's records in the database. */
@NullMarked
package io.norma.security.audit.store;

import org.jspecify.annotations.NullMarked;
