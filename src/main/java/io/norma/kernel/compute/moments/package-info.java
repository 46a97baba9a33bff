/** Means, variances, and what normalizes by them, forward and backward. */
@NullMarked
package io.norma.kernel.compute.moments;

import org.jspecify.annotations.NullMarked;
