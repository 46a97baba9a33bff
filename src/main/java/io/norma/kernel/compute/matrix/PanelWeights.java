package io.norma.kernel.compute.matrix;

import io.norma.kernel.compute.CacheLines;
import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.tile.PanelProduct;

/**
 * Weights in panels of output channels, as many as the widest tile takes at a time: 32, the last
 * one of 16 where that suffices, or 16 where two vectors hold a block. {@code [panel][tap][input
 * channel][channel of the panel]}, so that a kernel reads them one after another. Channels past the
 * last are zeros.
 */
public final class PanelWeights {
  /** Output channels of a panel. */
  static final int WIDTH = Lanes.HALF ? PanelProduct.BLOCK : PanelProduct.PANEL;

  public final float[] values;
  public final int outputChannels;

  /** Input channels of all taps: how many rows a panel has. */
  public final int depth;

  private PanelWeights(float[] values, int outputChannels, int depth) {
    this.values = values;
    this.outputChannels = outputChannels;
    this.depth = depth;
  }

  /** How many panels there are. */
  public int count() {
    return Math.ceilDiv(outputChannels, WIDTH);
  }

  /** Output channels that a panel computes: 16 or 32. */
  public int width(int panel) {
    return Math.min(ChannelBlocks.padded(outputChannels) - channel(panel), WIDTH);
  }

  /** The first output channel of a panel. */
  public int channel(int panel) {
    return panel * WIDTH;
  }

  /** The first block of output channels of a panel. */
  public int block(int panel) {
    return panel * (WIDTH / PanelProduct.BLOCK);
  }

  /** Where a panel starts. */
  public int offset(int panel) {
    return CacheLines.LEAD + channel(panel) * depth;
  }

  /**
   * For blocked inputs: taps are ordered by block of input channels, then by position in the
   * window.
   *
   * @param weights (M, C, positions) from an offset on
   */
  public static PanelWeights blocked(
      float[] weights, int offset, int outputChannels, int inputChannels, int positions) {
    int depth = ChannelBlocks.padded(inputChannels) * positions;
    PanelWeights packed = empty(outputChannels, depth);
    for (int o = 0; o < outputChannels; o++) {
      for (int c = 0; c < inputChannels; c++) {
        for (int t = 0; t < positions; t++) {
          int row = (c / 16 * positions + t) * 16 + c % 16;
          packed.values[packed.position(o, row)] =
              weights[offset + (o * inputChannels + c) * positions + t];
        }
      }
    }
    return packed;
  }

  /**
   * For inputs in planes: a tap is one position of one input channel.
   *
   * @param weights (M, taps) from an offset on
   */
  public static PanelWeights planar(float[] weights, int offset, int outputChannels, int taps) {
    PanelWeights packed = empty(outputChannels, taps);
    for (int o = 0; o < outputChannels; o++) {
      for (int t = 0; t < taps; t++) {
        packed.values[packed.position(o, t)] = weights[offset + o * taps + t];
      }
    }
    return packed;
  }

  /**
   * As {@link #blocked} with one position in the window, from transposed weights.
   *
   * @param weights (C, M) from an offset on
   */
  static PanelWeights transposed(
      float[] weights, int offset, int outputChannels, int inputChannels) {
    PanelWeights packed = empty(outputChannels, ChannelBlocks.padded(inputChannels));
    for (int c = 0; c < inputChannels; c++) {
      for (int o = 0; o < outputChannels; o++) {
        packed.values[packed.position(o, c)] = weights[offset + c * outputChannels + o];
      }
    }
    return packed;
  }

  private static PanelWeights empty(int outputChannels, int depth) {
    long size = (long) ChannelBlocks.padded(outputChannels) * depth;
    return new PanelWeights(
        new float[Math.toIntExact(CacheLines.LEAD + size)], outputChannels, depth);
  }

  private int position(int outputChannel, int row) {
    int panel = outputChannel / WIDTH;
    return offset(panel) + row * width(panel) + outputChannel % WIDTH;
  }
}
