package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.tensor.Memory;

/**
 * A convolution of two spatial axes with its weights packed for one way of computing it. Immutable;
 * shared by any number of runs.
 */
public sealed interface BlockedConvolution
    permits DirectConvolution,
        WinogradConvolution,
        DepthwiseConvolution,
        GroupedConvolution,
        PlanarConvolution {
  /** What the weights are of. */
  FilterShape filters();

  /** C. */
  default int inputChannels() {
    return filters().inputChannels();
  }

  /** M. */
  default int outputChannels() {
    return filters().outputChannels();
  }

  /** Whether x comes as planes, (N, C, H, W), and not in blocks. */
  default boolean takesPlanes() {
    return false;
  }

  /**
   * Computes rows of a batch.
   *
   * @param x maps of all rows, in {@link ChannelBlocks} unless {@link #takesPlanes()}
   * @param y in blocks; not the same memory as x
   * @param rows N
   */
  void forward(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int rows,
      PlaneGeometry geometry,
      Epilogue epilogue,
      Memory memory);

  /**
   * Packs weights the way that {@link ConvolutionChoice} says.
   *
   * @param weights (M, C/G, kernelHeight, kernelWidth) from an offset on
   * @param groups G
   * @param dense whether strides and dilations are 1
   */
  static BlockedConvolution pack(
      float[] weights,
      int offset,
      int outputChannels,
      int inputChannels,
      int groups,
      int kernelHeight,
      int kernelWidth,
      boolean dense) {
    FilterShape filters =
        new FilterShape(outputChannels, inputChannels, groups, kernelHeight, kernelWidth, dense);
    return switch (ConvolutionChoice.here().packing(filters)) {
      case GROUPED -> GroupedConvolution.pack(weights, offset, filters);
      case DEPTHWISE -> DepthwiseConvolution.pack(weights, offset, filters);
      case PLANAR -> PlanarConvolution.pack(weights, offset, filters);
      case WINOGRAD -> WinogradConvolution.pack(weights, offset, filters);
      case DIRECT -> DirectConvolution.pack(weights, offset, filters);
    };
  }
}
