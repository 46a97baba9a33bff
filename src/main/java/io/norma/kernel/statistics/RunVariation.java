package io.norma.kernel.statistics;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;

/**
 * Whether rows that came one after the other are more alike than rows far apart: a one-way analysis
 * of variance (Fisher 1925) of the rows' channel means, grouped into runs of neighbouring rows.
 *
 * <pre>
 *   F = (SS_between/(k−1)) / (SS_within/(n−k)),  SS_between = SS_total − SS_within
 * </pre>
 *
 * <p>with n rows in k runs of up to {@value #ROWS_PER_RUN}. Rows drawn at random give F near 1
 * whatever their distribution; a stream sorted by class or by source gives many times that. Rows
 * that are all of one class look like any other sample: that, it cannot see.
 *
 * @param runs k
 * @param rows moments of the rows' channel means: n, and SS_total per channel
 * @param withinRuns SS_within per channel
 */
public record RunVariation(long runs, ChannelMoments rows, double[] withinRuns) {
  /** Neighbouring rows that are compared with those of other runs. */
  public static final int ROWS_PER_RUN = 8;

  /** No rows yet. */
  public static RunVariation empty(int channels) {
    return new RunVariation(0, ChannelMoments.empty(channels), new double[channels]);
  }

  /**
   * This with the rows of one more batch.
   *
   * @param x FP32 or FP64 of shape (N, C, …)
   */
  public RunVariation add(Tensor x) {
    int rowCount = x.shape().dimension(0);
    long allRuns = runs;
    ChannelMoments allRows = rows;
    double[] within = withinRuns.clone();
    for (int from = 0; from < rowCount; from += ROWS_PER_RUN) {
      int to = Math.min(rowCount, from + ROWS_PER_RUN);
      ChannelMoments run = momentsOfRowMeans(x, from, to);
      for (int c = 0; c < within.length; c++) {
        within[c] += run.sumOfSquaredDeviations()[c];
      }
      allRows = allRows.merge(run);
      allRuns++;
    }
    return new RunVariation(allRuns, allRows, within);
  }

  /** This with the runs of another part. */
  public RunVariation merge(RunVariation other) {
    double[] within = withinRuns.clone();
    for (int c = 0; c < within.length; c++) {
      within[c] += other.withinRuns[c];
    }
    return new RunVariation(runs + other.runs, rows.merge(other.rows), within);
  }

  /**
   * Makes sure that there is nothing in it that would spoil whatever it is merged with.
   *
   * @throws IllegalArgumentException if a number is not finite
   */
  public void requireFinite() {
    int channel = rows.firstNonFiniteChannel();
    for (int c = 0; c < withinRuns.length && channel < 0; c++) {
      channel = Double.isFinite(withinRuns[c]) ? -1 : c;
    }
    if (channel >= 0) {
      throw new IllegalArgumentException(
          "the rows' variation of channel " + channel + " must be finite");
    }
  }

  private static ChannelMoments momentsOfRowMeans(Tensor x, int from, int to) {
    int channels = x.shape().dimension(1);
    long[] rowShape = new long[x.shape().rank()];
    for (int axis = 0; axis < rowShape.length; axis++) {
      rowShape[axis] = axis == 0 ? 1 : x.shape().dimension(axis);
    }
    Shape shape = Shape.ofLongs(rowShape);
    ChannelMoments moments = ChannelMoments.empty(channels);
    for (int n = from; n < to; n++) {
      Tensor row = Tensor.of(x.dataType(), shape, x.array(), x.offset() + n * shape.size());
      double[] mean = ChannelMoments.of(row, 1).mean();
      moments = moments.merge(new ChannelMoments(1, mean, new double[channels]));
    }
    return moments;
  }

  /**
   * F, the median over the channels; NaN where there are fewer than two runs, no more rows than
   * runs, or no variation at all.
   */
  public double medianRatio() {
    long rowCount = rows.count();
    if (runs < 2 || rowCount <= runs) {
      return Double.NaN;
    }
    double[] ratios = new double[withinRuns.length];
    int count = 0;
    for (int c = 0; c < ratios.length; c++) {
      double between = Math.max(0, rows.sumOfSquaredDeviations()[c] - withinRuns[c]);
      double ratio = between / (runs - 1) / (withinRuns[c] / (rowCount - runs));
      if (!Double.isNaN(ratio)) {
        ratios[count++] = ratio;
      }
    }
    if (count == 0) {
      return Double.NaN;
    }
    Arrays.sort(ratios, 0, count);
    return (ratios[(count - 1) / 2] + ratios[count / 2]) / 2;
  }
}
