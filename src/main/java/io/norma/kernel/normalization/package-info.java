/** Every layer that normalizes, forward and backward. */
@NullMarked
package io.norma.kernel.normalization;

import org.jspecify.annotations.NullMarked;
