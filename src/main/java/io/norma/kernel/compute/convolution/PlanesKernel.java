package io.norma.kernel.compute.convolution;

/**
 * The ways there are to compute a convolution of any number of axes on planes, as a layer does that
 * is not part of a step on blocks.
 */
public enum PlanesKernel {
  /** As it is defined. */
  DEFINITION,
  /** A run of multiply-adds for each channel and position of the window. */
  DEPTHWISE,
  /** The product of the weights and x as it stands. */
  POINTWISE,
  /** The product of the weights and what each position of the window sees. */
  UNFOLDED
}
