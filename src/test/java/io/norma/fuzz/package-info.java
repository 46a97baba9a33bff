/** Bytes of strangers: what reads them, and inputs that nobody would send. */
@NullMarked
package io.norma.fuzz;

import org.jspecify.annotations.NullMarked;
