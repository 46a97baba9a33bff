package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.ChannelBlocks;

/**
 * What is known of a convolution of two spatial axes when its weights are packed: they are (M, C/G,
 * kernelHeight, kernelWidth).
 *
 * @param outputChannels M, a multiple of the groups
 * @param inputChannels C, a multiple of the groups
 * @param groups G
 * @param dense whether strides and dilations are 1
 */
public record FilterShape(
    int outputChannels,
    int inputChannels,
    int groups,
    int kernelHeight,
    int kernelWidth,
    boolean dense) {
  /** Positions in the window. */
  public int positions() {
    return kernelHeight * kernelWidth;
  }

  /** Blocks of input channels. */
  public int inputBlocks() {
    return ChannelBlocks.count(inputChannels);
  }

  /** C/G. */
  public int inputsPerGroup() {
    return inputChannels / groups;
  }

  /** The first input channel of an output channel's group. */
  public int firstInput(int output) {
    return output / (outputChannels / groups) * inputsPerGroup();
  }
}
