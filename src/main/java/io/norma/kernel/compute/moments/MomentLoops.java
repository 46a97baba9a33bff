package io.norma.kernel.compute.moments;

import io.norma.kernel.compute.MultiplyAdd;
import io.norma.kernel.compute.Simd;
import io.norma.kernel.tensor.ChannelLayout;

/**
 * Mean and sum of squared deviations per channel in one pass over memory, in double.
 *
 * <p>The pass adds up {@code d = x − p} and {@code d²} for a pivot p, the channel's first value: of
 * n values {@code μ = p + Σd/n} and {@code M = Σd² − (Σd)²/n}. Where the pivot lies so many
 * standard deviations from the mean that this difference would cost digits, a second pass follows
 * with the mean as pivot, which leaves next to nothing to subtract (Chan, Golub and LeVeque 1983,
 * section 3). So nothing cancels, whatever the mean, and a constant channel has a sum of exactly 0.
 */
public abstract sealed class MomentLoops permits ScalarMomentLoops, SimdMomentLoops {
  /** Standard deviations from the pivot to the mean, squared: 3 of 16 digits are lost at most. */
  private static final double FARTHEST = 1 << 10;

  /** The twin for this machine. */
  public static MomentLoops get() {
    final class Holder {
      static final MomentLoops INSTANCE =
          Simd.choose(() -> new SimdMomentLoops(), () -> new ScalarMomentLoops());

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
    mean[c] = MultiplyAdd.of(delta, weight, mean[c]);
    sum[c] += MultiplyAdd.of(delta * countA * weight, delta, sumB);
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
    float[] pivots = new float[layout.channels()];
    for (int c = 0; c < pivots.length; c++) {
      pivots[c] = x[offset + c * layout.inner()];
    }
    if (standsTogether(layout)) {
      deviations(x, offset, layout, pivots, mean, sum, at);
    } else {
      columns(x, offset, layout, pivots, mean, sum, at);
    }
    long count = layout.valuesPerChannel();
    toMoments(pivots, count, mean, sum, at);
    for (int c = 0; c < pivots.length; c++) {
      double shift = mean[at + c] - pivots[c];
      boolean near = count * shift * shift <= FARTHEST * sum[at + c];
      if (!near) {
        repeat(x, offset + c * layout.inner(), layout, pivots[c], mean, sum, at + c);
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

  private void columns(
      float[] x,
      int offset,
      ChannelLayout layout,
      float[] pivots,
      double[] mean,
      double[] sum,
      int at) {
    FoldedRows rows = FoldedRows.of(layout);
    float[] perColumn = rows.perColumn(pivots);
    double[] totals = new double[rows.columns()];
    double[] squares = new double[rows.columns()];
    columnDeviations(
        x, offset, rows.count(), rows.stride(), rows.columns(), perColumn, totals, squares);
    if (rows.restColumns() > 0) {
      int rest = offset + rows.restOffset();
      columnDeviations(x, rest, 1, 0, rows.restColumns(), perColumn, totals, squares);
    }
    System.arraycopy(rows.perChannel(totals), 0, mean, at, layout.channels());
    System.arraycopy(rows.perChannel(squares), 0, sum, at, layout.channels());
  }

  /** The moments of the channel that begins at the offset once more, with its mean as pivot. */
  private void repeat(
      float[] x,
      int offset,
      ChannelLayout layout,
      float pivot,
      double[] mean,
      double[] sum,
      int c) {
    boolean finite = Float.isFinite(pivot) && Double.isFinite(mean[c]);
    float[] center = {finite ? (float) mean[c] : 0};
    deviations(x, offset, layout.withChannels(1), center, mean, sum, c);
    toMoments(center, layout.valuesPerChannel(), mean, sum, c);
    sum[c] = Double.isFinite(mean[c]) ? Math.max(sum[c], 0) : Double.NaN;
  }

  /** Makes {@code Σd} and {@code Σd²} to μ and M. */
  private static void toMoments(float[] pivots, long count, double[] mean, double[] sum, int at) {
    for (int c = 0; c < pivots.length; c++) {
      double total = mean[at + c];
      double shift = total / count;
      mean[at + c] = pivots[c] + shift;
      sum[at + c] -= total * shift;
    }
  }

  /**
   * Sets {@code mean[at + c]} to {@code Σd} and {@code sum[at + c]} to {@code Σd²} of channels
   * whose values stand together in runs, in the order of memory.
   */
  abstract void deviations(
      float[] x,
      int offset,
      ChannelLayout layout,
      float[] pivots,
      double[] mean,
      double[] sum,
      int at);

  /** Adds {@code Σd} and {@code Σd²} of the columns of a matrix to both arrays. */
  abstract void columnDeviations(
      float[] x,
      int offset,
      int rows,
      int stride,
      int columns,
      float[] pivots,
      double[] totals,
      double[] squares);
}
