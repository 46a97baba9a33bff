package io.norma.kernel.compute;

import java.util.Arrays;

/**
 * The blocked layout of feature maps: {@code [N, ⌈C/16⌉, H, W, 16]}, so that the 16 channels of a
 * pixel are one 512-bit vector, two of 256 or four of 128.
 *
 * <p>Channels past C have weights of zero wherever they are read. They are finite, or zero times
 * infinity would make a NaN of them: where they might not be, {@link #clearPadding} makes them
 * zeros.
 *
 * <p>Source: the {@code nChw16c} layout of oneDNN; Georganas et al. 2018, "Anatomy of
 * High-Performance Deep Learning Convolutions on SIMD Architectures".
 */
public final class ChannelBlocks {
  /** Channels in a block. */
  public static final int SIZE = 16;

  /** Pixels whose channels are moved one after another: their blocks stay in the first cache. */
  private static final int RUN = 32;

  private ChannelBlocks() {}

  /** Blocks that hold this many channels. */
  public static int count(int channels) {
    return (channels + SIZE - 1) / SIZE;
  }

  /** This many channels, rounded up to whole blocks. */
  public static int padded(int channels) {
    return count(channels) * SIZE;
  }

  /**
   * Makes zeros of the channels past C, of as many blocked maps as there are rows.
   *
   * @param blocks {@code [rows, ⌈C/16⌉, pixels, 16]} from an offset on
   */
  public static void clearPadding(float[] blocks, int offset, int rows, int channels, int pixels) {
    int filled = channels % SIZE;
    if (filled == 0) {
      return;
    }
    int row = padded(channels) * pixels;
    for (int n = 1; n <= rows; n++) {
      int end = offset + n * row;
      for (int at = end - pixels * SIZE; at < end; at += SIZE) {
        for (int lane = filled; lane < SIZE; lane++) {
          blocks[at + lane] = 0;
        }
      }
    }
  }

  /** From {@code [C, pixels]} to {@code [⌈C/16⌉, pixels, 16]}, one row of a batch. */
  public static void fromPlanes(
      float[] planes, int from, float[] blocks, int to, int channels, int pixels) {
    for (int c = 0; c < padded(channels); c += SIZE) {
      int block = to + c * pixels;
      int filled = Math.min(SIZE, channels - c);
      if (filled < SIZE) {
        Arrays.fill(blocks, block, block + SIZE * pixels, 0);
      }
      for (int first = 0; first < pixels; first += RUN) {
        int end = Math.min(first + RUN, pixels);
        for (int lane = 0; lane < filled; lane++) {
          int plane = from + (c + lane) * pixels;
          for (int p = first; p < end; p++) {
            blocks[block + p * SIZE + lane] = planes[plane + p];
          }
        }
      }
    }
  }

  /** From {@code [⌈C/16⌉, pixels, 16]} to {@code [C, pixels]}, one row of a batch. */
  public static void toPlanes(
      float[] blocks, int from, float[] planes, int to, int channels, int pixels) {
    for (int c = 0; c < channels; c += SIZE) {
      int block = from + c * pixels;
      int filled = Math.min(SIZE, channels - c);
      for (int first = 0; first < pixels; first += RUN) {
        int end = Math.min(first + RUN, pixels);
        for (int lane = 0; lane < filled; lane++) {
          int plane = to + (c + lane) * pixels;
          for (int p = first; p < end; p++) {
            planes[plane + p] = blocks[block + p * SIZE + lane];
          }
        }
      }
    }
  }
}
