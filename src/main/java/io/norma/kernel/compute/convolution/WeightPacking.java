package io.norma.kernel.compute.convolution;

/** How weights are laid out for the kernels that can follow. */
public enum WeightPacking {
  /** {@link GroupedConvolution}. */
  GROUPED,
  /** {@link DepthwiseConvolution}. */
  DEPTHWISE,
  /** {@link PlanarConvolution}. */
  PLANAR,
  /** {@link WinogradConvolution}. */
  WINOGRAD,
  /** {@link DirectConvolution}. */
  DIRECT
}
