package io.norma.kernel.compute.matrix;

import io.norma.kernel.compute.CacheLines;
import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.compute.tile.PanelProduct;
import io.norma.kernel.compute.tile.TileProduct;

/**
 * Weights as they were given, {@code [panel][tap][input channel][channel of the panel]}, so that a
 * kernel reads them one after another.
 */
public final class PanelWeights extends Panels {
  /**
   * Rows that stream two panels sooner one after another than a tile computes them, which takes as
   * long for two rows as for six, or seven where vectors are wide.
   */
  private static final int MOST_APART = Lanes.WIDE ? 3 : 4;

  public final float[] values;

  private PanelWeights(float[] values, int outputChannels, int depth) {
    super(outputChannels, depth);
    this.values = values;
  }

  /** Where a panel starts. */
  public int offset(int panel) {
    return CacheLines.LEAD + channel(panel) * depth;
  }

  @Override
  void multiplyRow(float[] x, int x0, int pair, Epilogue epilogue, int e0, float[] y, int y0) {
    RowTimesPanels.pair(x, x0, this, pair, epilogue, e0, y, y0);
  }

  @Override
  int rowsApart() {
    return MOST_APART;
  }

  @Override
  int tapsTogether(int taps) {
    return TileProduct.tapsTogether(taps);
  }

  @Override
  int scratchLength(int taps) {
    return 0;
  }

  @Override
  float[] wide(float[] scratch) {
    return values;
  }

  @Override
  int widen(int panel, int tap, int taps, float[] wide, int scratch) {
    return offset(panel) + tap * PanelProduct.BLOCK * width(panel);
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
