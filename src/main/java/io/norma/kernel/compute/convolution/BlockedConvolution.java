package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Simd;
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
  /** C. */
  int inputChannels();

  /** M. */
  int outputChannels();

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
   * Packs weights the way that is fastest for a window.
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
    int taps = kernelHeight * kernelWidth;
    if (groups > 1 && (groups < inputChannels || groups < outputChannels)) {
      return new GroupedConvolution(weights, offset, outputChannels, inputChannels, groups, taps);
    }
    if (groups > 1) {
      return new DepthwiseConvolution(weights, offset, outputChannels, taps);
    }
    if (inputChannels < ChannelBlocks.SIZE / 2) {
      return new PlanarConvolution(weights, offset, outputChannels, inputChannels, taps);
    }
    if (dense && kernelHeight == 3 && kernelWidth == 3 && Simd.isFused()) {
      return new WinogradConvolution(weights, offset, outputChannels, inputChannels);
    }
    return new DirectConvolution(weights, offset, outputChannels, inputChannels, taps);
  }
}
