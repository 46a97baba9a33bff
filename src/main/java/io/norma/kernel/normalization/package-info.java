/** Normalizations by the values' own statistics, and the gradients of all normalizations. */
@NullMarked
package io.norma.kernel.normalization;

import org.jspecify.annotations.NullMarked;
