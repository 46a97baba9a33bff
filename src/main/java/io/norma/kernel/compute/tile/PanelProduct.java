package io.norma.kernel.compute.tile;

import io.norma.kernel.compute.CacheLines;
import io.norma.kernel.compute.ChannelBlocks;

/**
 * The product of a map and panels of weights: the operands that all its tiles share, so that a
 * kernel is called with positions alone. It is {@code y[p][o] = Σ over taps t and channels k of x[p
 * + t][k] · w[t][k][o]}: a pointwise convolution has a tap for each block of input channels, a k×k
 * convolution one for each block and position of its window, and each reads the 16 channels of a
 * block, or a single one from a plane. Belongs to one thread.
 */
public final class PanelProduct {
  /** Channels that stand together in the blocked layout. */
  public static final int BLOCK = ChannelBlocks.SIZE;

  /** Channels in two blocks: what the widest tiles compute at a time. */
  public static final int PANEL = 2 * BLOCK;

  private static final float[] ZEROS = new float[BLOCK];

  public final float[] x;

  /** Offset of each tap from a pixel's own position in x. */
  public final int[] taps;

  public final float[] y;

  /** Distance in y between one block of output channels and the next. */
  public final int yBlock;

  /** Position in y of the element that stands first in the epilogue's residual. */
  public final int yOrigin;

  /** What happens to a sum that is complete. */
  public final Epilogue epilogue;

  /** Panels of 16 or 32 output channels: {@code [tap][k][channel]}. */
  float[] weights;

  int tapCount;

  /** Where accumulators start from: zeros, or y itself when a sum is continued. */
  float[] start = ZEROS;

  int startMask;
  int startStride;
  int startBlock;

  /** What {@link CacheLines} read: kept, for the compiler to keep the reading. */
  float touched;

  private int epilogueOffset;

  /** A product whose sums stay as they are. */
  public PanelProduct(float[] x, int[] taps, float[] weights, float[] y, int yBlock) {
    this(x, taps, weights, y, yBlock, 0, Epilogue.NONE);
  }

  /**
   * A product of all taps that starts from zero, in the first row of a batch.
   *
   * @param yBlock distance in y between one block of output channels and the next
   * @param yOrigin position in y of the element that stands first in the epilogue's residual
   */
  public PanelProduct(
      float[] x,
      int[] taps,
      float[] weights,
      float[] y,
      int yBlock,
      int yOrigin,
      Epilogue epilogue) {
    this.x = x;
    this.taps = taps;
    this.tapCount = taps.length;
    this.weights = weights;
    this.y = y;
    this.yBlock = yBlock;
    this.yOrigin = yOrigin;
    this.epilogue = epilogue;
    this.epilogueOffset = epilogue.row(0);
  }

  public void startFromZero() {
    start = ZEROS;
    startMask = 0;
    startStride = 0;
    startBlock = 0;
  }

  public void startFromOutput() {
    start = y;
    startMask = -1;
    startStride = BLOCK;
    startBlock = yBlock;
  }

  /** Goes on with the first taps alone. */
  public void useTaps(int count) {
    tapCount = count;
  }

  public int tapCount() {
    return tapCount;
  }

  /** Goes on with other weights. */
  public void useWeights(float[] others) {
    weights = others;
  }

  /** Goes on with the epilogue's vectors for a row of the batch. */
  public void useRow(int row) {
    epilogueOffset = epilogue.row(row);
  }

  /** The epilogue's vectors for the row at hand. */
  public int epilogueOffset() {
    return epilogueOffset;
  }

  /** Keeps what {@link CacheLines} read. */
  public void keep(float read) {
    touched += read;
  }
}
