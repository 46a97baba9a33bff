package io.norma.kernel.compute.tile;

import io.norma.kernel.compute.CacheLines;
import io.norma.kernel.compute.ChannelBlocks;

/**
 * The operands that all tiles of one product share, so that a kernel is called with positions
 * alone. A product is {@code y[p][o] = Σ over taps t and k < 16 of x[p + t][k] · w[t][k][o]}: a
 * pointwise convolution has a tap for each block of input channels, a k×k convolution one for each
 * block and position of its window. Belongs to one thread.
 */
public final class Product {
  /** Channels that stand together in the blocked layout. */
  public static final int BLOCK = ChannelBlocks.SIZE;

  /** Channels in two blocks: what the widest tiles compute at a time. */
  public static final int PANEL = 2 * BLOCK;

  private static final float[] ZEROS = new float[BLOCK];
  private static final int[] NO_TAPS = {};

  public float[] x = ZEROS;

  /** Offset of each tap from a pixel's own position in x. */
  public int[] taps = NO_TAPS;

  public int tapCount;

  /** Panels of 32 output channels, the last one of 16 or 32: {@code [tap][k][channel]}. */
  public float[] weights = ZEROS;

  /** Where accumulators start from: zeros, or y itself when a sum is continued. */
  float[] start = ZEROS;

  int startMask;
  int startStride;
  int startBlock;

  public float[] y = ZEROS;

  /** Distance in y between one block of output channels and the next. */
  public int yBlock;

  /** Position in y of the element that stands first in the epilogue's residual. */
  public int yOrigin;

  /** What happens to a sum that is complete. */
  public Epilogue epilogue = Epilogue.NONE;

  /** The epilogue's vectors for the row at hand. */
  public int epilogueOffset;

  /** What {@link CacheLines} read: kept, for the compiler to keep the reading. */
  public float touched;

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
}
