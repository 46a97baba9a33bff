/** Convolutions of maps in blocks of channels, one class for each way to compute one. */
@NullMarked
package io.norma.kernel.compute.convolution;

import org.jspecify.annotations.NullMarked;
