/**
 * Convolutions of maps in blocks of channels, one class for each way to compute one. Which of them
 * runs when, by which tile, and by which thresholds: {@link
 * io.norma.kernel.compute.convolution.ConvolutionChoice}. What it chooses for the layers of known
 * networks stands as a table in its test.
 */
@NullMarked
package io.norma.kernel.compute.convolution;

import org.jspecify.annotations.NullMarked;
