/** The loops over arrays: SIMD and scalar twins, chosen once at start. */
@NullMarked
package io.norma.kernel.compute;

import org.jspecify.annotations.NullMarked;
