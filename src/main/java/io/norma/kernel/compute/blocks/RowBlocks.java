package io.norma.kernel.compute.blocks;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.tile.TileProduct;

/**
 * The blocked layout of the rows of a batch, for products of many rows: slabs of up to {@value
 * #SLAB} rows, each {@code [⌈C/16⌉, pitch, 16]}, as the pixels of a feature map stand in {@link
 * ChannelBlocks}. A slab has as many rows as tiles compute at full speed; what is in those past the
 * last is nobody's. Features past C are finite, for they meet weights of zero.
 */
public final class RowBlocks {
  /** Rows that share the weights while they are in the cache: whole tiles. */
  public static final int SLAB = 8 * TileProduct.PIXELS;

  private static final int NARROW_TILE = 6;

  private RowBlocks() {}

  /** Floats that rows take. */
  public static int length(int rows, int features) {
    int whole = rows / SLAB * SLAB;
    int pitch = rows == whole ? 0 : pitch(rows - whole);
    return Math.multiplyExact(whole + pitch, ChannelBlocks.padded(features));
  }

  /**
   * Rows of a slab that has to hold this many: what tiles of 14, 8 and 7 can be put together to, or
   * narrow ones, as far as a slab goes.
   */
  public static int pitch(int rows) {
    if (rows == 1) {
      return 1;
    }
    if (!Lanes.WIDE) {
      return Math.min(Math.ceilDiv(rows, NARROW_TILE) * NARROW_TILE, SLAB);
    }
    int rest = rows % TileProduct.PIXELS;
    int whole = rows - rest;
    // 15 is 8 and 7, 16 is twice 8.
    if (rest == 0 || rest == 8 || (rest <= 2 && whole > 0)) {
      return rows;
    }
    return whole + (rest < 8 ? 7 : TileProduct.PIXELS);
  }

  /** Makes zeros of the features past C. */
  public static void clearPadding(float[] blocks, int offset, int rows, int features) {
    for (int row = 0; row < rows; row += SLAB) {
      int pitch = pitch(Math.min(SLAB, rows - row));
      ChannelBlocks.clearPadding(
          blocks, offset + row * ChannelBlocks.padded(features), 1, features, pitch);
    }
  }

  /** One slab from rows of C features each. */
  public static void fromRows(
      float[] x, int from, int rows, int features, float[] blocks, int to, int pitch) {
    for (int c = 0; c < features; c += ChannelBlocks.SIZE) {
      int filled = Math.min(ChannelBlocks.SIZE, features - c);
      int block = to + c * pitch;
      for (int r = 0; r < rows; r++) {
        int target = block + r * ChannelBlocks.SIZE;
        copy(x, from + r * features + c, blocks, target, filled);
        for (int lane = filled; lane < ChannelBlocks.SIZE; lane++) {
          blocks[target + lane] = 0;
        }
      }
      int end = block + pitch * ChannelBlocks.SIZE;
      for (int i = block + rows * ChannelBlocks.SIZE; i < end; i++) {
        blocks[i] = 0;
      }
    }
  }

  /** One slab to rows of C features each. */
  public static void toRows(
      float[] blocks, int from, int pitch, float[] y, int to, int rows, int features) {
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < features; c += ChannelBlocks.SIZE) {
        int filled = Math.min(ChannelBlocks.SIZE, features - c);
        int source = from + c * pitch + r * ChannelBlocks.SIZE;
        copy(blocks, source, y, to + r * features + c, filled);
      }
    }
  }

  private static void copy(float[] x, int from, float[] y, int to, int length) {
    if (length == ChannelBlocks.SIZE) {
      Lanes.copyBlock(x, from, y, to);
    } else {
      System.arraycopy(x, from, y, to, length);
    }
  }
}
