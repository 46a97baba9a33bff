package io.norma.kernel.compute;

import io.norma.kernel.tensor.ChannelLayout;

/**
 * Mean and sum of squared deviations per channel in one pass over memory.
 *
 * <p>Values are taken in blocks that stay in the first-level cache. Within a block the mean comes
 * first and the squared deviations from it second, both in double; blocks are merged after Chan,
 * Golub and LeVeque 1983. So nothing cancels, whatever the mean, and a constant channel has a sum
 * of exactly 0.
 */
public abstract sealed class MomentLoops permits ScalarMomentLoops, SimdMomentLoops {
  /** Values of a block: 16 KiB of floats. */
  static final int BLOCK = 4096;

  /** Rows of a block where channels are the columns of a matrix. */
  static final int ROWS = 128;

  /** The twin for this machine. */
  public static MomentLoops get() {
    final class Holder {
      static final MomentLoops INSTANCE = Simd.choose(SimdMomentLoops::new, ScalarMomentLoops::new);

      private Holder() {}
    }
    return Holder.INSTANCE;
  }

  /**
   * Merges moments of {@code n_b} values into those of {@code n_a} values at {@code mean[c]} and
   * {@code sum[c]}. Means that are not finite add up as their values would.
   */
  public static void merge(
      double[] mean, double[] sum, int c, long countA, double meanB, double sumB, long countB) {
    if (countA == 0) {
      mean[c] = meanB;
      sum[c] = sumB;
      return;
    }
    if (!Double.isFinite(mean[c]) || !Double.isFinite(meanB)) {
      mean[c] += meanB;
      sum[c] = Double.NaN;
      return;
    }
    double delta = meanB - mean[c];
    double weight = (double) countB / (countA + countB);
    mean[c] = Math.fma(delta, weight, mean[c]);
    sum[c] += Math.fma(delta * countA * weight, delta, sumB);
  }

  /**
   * Moments of every channel.
   *
   * @param layout has at least one value per channel
   * @param mean takes μ of channel c at index {@code at + c}
   * @param sum takes M of channel c at index {@code at + c}
   */
  public final void moments(
      float[] x, int offset, ChannelLayout layout, double[] mean, double[] sum, int at) {
    int inner = layout.inner();
    if (standsTogether(layout)) {
      for (int c = 0; c < layout.channels(); c++) {
        channel(x, offset + c * inner, layout.outer(), layout.stride(), inner, mean, sum, at + c);
      }
    } else if (inner == 1) {
      columns(x, offset, layout, mean, sum, at);
    } else {
      ChannelLayout flat = layout.flattened();
      double[] means = new double[flat.channels()];
      double[] sums = new double[flat.channels()];
      columns(x, offset, flat, means, sums, 0);
      for (int column = 0; column < flat.channels(); column++) {
        long count = (long) (column % inner) * layout.outer();
        int c = at + column / inner;
        merge(mean, sum, c, count, means[column], sums[column], layout.outer());
      }
    }
  }

  /**
   * Whether a channel's values stand together in runs that are worth a loop of their own. Shorter
   * runs are taken as the columns of a matrix and merged afterwards.
   */
  public static boolean standsTogether(ChannelLayout layout) {
    return layout.inner() >= 16 || (layout.outer() == 1 && layout.inner() > 1);
  }

  private void channel(
      float[] x, int offset, int runs, int stride, int length, double[] mean, double[] sum, int c) {
    long count = 0;
    if (length >= BLOCK) {
      for (int r = 0; r < runs; r++) {
        for (int i = 0; i < length; i += BLOCK) {
          int part = Math.min(BLOCK, length - i);
          count = block(x, offset + r * stride + i, 1, stride, part, mean, sum, c, count);
        }
      }
      return;
    }
    int runsInBlock = BLOCK / length;
    for (int r = 0; r < runs; r += runsInBlock) {
      int part = Math.min(runsInBlock, runs - r);
      count = block(x, offset + r * stride, part, stride, length, mean, sum, c, count);
    }
  }

  private long block(
      float[] x,
      int offset,
      int runs,
      int stride,
      int length,
      double[] mean,
      double[] sum,
      int c,
      long countBefore) {
    long count = (long) runs * length;
    double blockMean = sum(x, offset, runs, stride, length) / count;
    double deviations = squaredDeviations(x, offset, runs, stride, length, blockMean);
    merge(mean, sum, c, countBefore, blockMean, deviations, count);
    return countBefore + count;
  }

  private void columns(
      float[] x, int offset, ChannelLayout layout, double[] mean, double[] sum, int at) {
    int stride = layout.stride();
    for (int r = 0; r < layout.outer(); r += ROWS) {
      int rows = Math.min(ROWS, layout.outer() - r);
      columnBlock(x, offset + r * stride, rows, stride, layout.channels(), mean, sum, at, r);
    }
  }

  /** {@code Σx} over runs. */
  abstract double sum(float[] x, int offset, int runs, int stride, int length);

  /** {@code Σ(x−mean)²} over runs. */
  abstract double squaredDeviations(
      float[] x, int offset, int runs, int stride, int length, double mean);

  /** Merges a few rows into the moments of {@code rowsBefore} rows. */
  abstract void columnBlock(
      float[] x,
      int offset,
      int rows,
      int stride,
      int columns,
      double[] mean,
      double[] sum,
      int at,
      long rowsBefore);
}
