package io.norma.kernel.compute.matrix;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.compute.tile.PanelProduct;

/**
 * Weights in panels of output channels, as many as the widest tile takes at a time: 32, the last
 * one of 16 where that suffices, or 16 where two vectors hold a block. Channels past the last are
 * zeros.
 */
public abstract sealed class Panels permits PanelWeights, BFloat16Panels {
  /** Output channels of a panel. */
  static final int WIDTH = Lanes.HALF ? PanelProduct.BLOCK : PanelProduct.PANEL;

  public final int outputChannels;

  /** Input channels of all taps: how many rows a panel has. */
  public final int depth;

  Panels(int outputChannels, int depth) {
    this.outputChannels = outputChannels;
    this.depth = depth;
  }

  /** How many panels there are. */
  public final int count() {
    return Math.ceilDiv(outputChannels, WIDTH);
  }

  /** Output channels that a panel computes: 16 or 32. */
  public final int width(int panel) {
    return Math.min(ChannelBlocks.padded(outputChannels) - channel(panel), WIDTH);
  }

  /** The first output channel of a panel. */
  public final int channel(int panel) {
    return panel * WIDTH;
  }

  /** The first block of output channels of a panel. */
  public final int block(int panel) {
    return panel * (WIDTH / PanelProduct.BLOCK);
  }

  /** Weights of all panels, with zeros. */
  final long size() {
    return (long) ChannelBlocks.padded(outputChannels) * depth;
  }

  /** Pairs of panels, the last one perhaps of one panel or unequal ones. */
  public final int pairs() {
    return (count() + 1) / 2;
  }

  /**
   * One row times a pair of panels, {@code y[m] = clamp(scale[m]·Σ_k x[k]·w[k][m] + shift[m])}.
   *
   * @param e0 position of y's first channel in the epilogue's scales
   */
  abstract void multiplyRow(
      float[] x, int x0, int pair, Epilogue epilogue, int e0, float[] y, int y0);

  /**
   * Rows up to which each by itself, one after another while a pair of panels is in the cache,
   * takes less time than all together.
   */
  abstract int rowsApart();

  /** Taps of a panel whose weights should pass over all rows before those of the next ones. */
  abstract int tapsTogether(int taps);

  /**
   * Floats that a thread needs to have the weights of so many taps as FP32, as many as go together.
   */
  abstract int scratchLength(int taps);

  /** Where weights are as FP32: in what threads have been given, or where they are anyway. */
  abstract float[] wide(float[] scratch);

  /**
   * Sees to it that the weights of some taps of a panel are there as FP32.
   *
   * @param scratch where in {@link #wide} they may be written
   * @return where in {@link #wide} they begin
   */
  abstract int widen(int panel, int tap, int taps, float[] wide, int scratch);

  /** Whether a panel and the next one are whole. */
  final boolean areWhole(int panel) {
    return panel + 1 < count() && width(panel + 1) == WIDTH;
  }
}
