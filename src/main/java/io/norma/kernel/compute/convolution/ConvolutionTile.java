package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.tile.TileProduct;

/** Pixels and vectors of 16 channels that a kernel holds in registers. */
public enum ConvolutionTile {
  /** {@value TileProduct#PIXELS} pixels of 32 channels. */
  FOURTEEN_BY_TWO,
  /** {@value TileProduct#PIXELS} pixels of 16 channels. */
  FOURTEEN_BY_ONE,
  /** As many as are there, cut to tiles by {@link TileProduct} or the kernel itself. */
  ANY
}
