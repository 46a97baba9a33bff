package io.norma.kernel.normalization;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The values that batch normalization takes together: all of a channel, over rows that a mask
 * keeps.
 *
 * @param rows N
 * @param kept per outer position of the layout, or {@code null} where all are
 */
record Batch(Tensor x, int channelAxis, ChannelLayout layout, int rows, boolean @Nullable [] kept) {
  /**
   * A batch of rows along axis 0.
   *
   * @param rowMask BOOL, with an element per row, or per position along the axes before the
   *     channels'
   */
  static Batch of(Tensor x, int channelAxis, @Nullable Tensor rowMask) {
    ChannelLayout layout = ChannelLayout.of(x.shape(), channelAxis);
    if (x.shape().axis(channelAxis) == 0) {
      throw new IllegalArgumentException(
          "axis 0 holds the batch's rows and cannot be the channels' in shape " + x.shape());
    }
    int rows = x.shape().dimension(0);
    boolean[] kept = rowMask == null ? null : kept(rowMask, rows, layout.outer());
    return new Batch(x, channelAxis, layout, rows, kept);
  }

  private static boolean[] kept(Tensor rowMask, int rows, int outer) {
    if (rowMask.dataType() != DataType.BOOL
        || (rowMask.size() != rows && rowMask.size() != outer)) {
      throw new IllegalArgumentException(
          "row mask: expected a BOOL tensor of %d elements%s, got %s"
              .formatted(rows, outer == rows ? "" : " or " + outer, rowMask));
    }
    boolean[] kept = new boolean[outer];
    int repeat = outer / Math.max(rowMask.size(), 1);
    for (int o = 0; o < outer; o++) {
      kept[o] = rowMask.getLong(o / repeat) != 0;
    }
    return kept;
  }

  /** Values that count per channel. */
  long count() {
    if (kept == null) {
      return layout.valuesPerChannel();
    }
    long positions = 0;
    for (boolean position : kept) {
      positions += position ? 1 : 0;
    }
    return positions * layout.inner();
  }

  /**
   * Training mode needs two values per channel or more that count.
   *
   * @throws IllegalArgumentException if there are fewer
   */
  void requireSeveralValues() {
    long count = count();
    if (count < 2) {
      throw new IllegalArgumentException(
          "expected more than 1 value per channel in training mode, got %d for input of shape %s%s"
              .formatted(count, x.shape(), kept == null ? "" : " under its row mask"));
    }
  }

  ChannelMoments moments() {
    return kept == null
        ? ChannelMoments.of(x, channelAxis)
        : ChannelMoments.of(x, channelAxis, kept);
  }

  /** One row's layout. */
  ChannelLayout rowLayout() {
    return layout.withOuter(rows == 0 ? 0 : layout.outer() / rows);
  }

  /** Elements of a row. */
  int rowSize() {
    return rows == 0 ? 0 : x.size() / rows;
  }

  /** Whether a position along the axes before the channels' counts. */
  boolean keeps(int outer) {
    return kept == null || kept[outer];
  }

  static Tensor perChannel(double[] values) {
    return Tensor.of(Shape.of(values.length), values);
  }

  static double[] ofChannels(String name, Tensor tensor, int channels) {
    if (!tensor.shape().equals(Shape.of(channels))) {
      throw new IllegalArgumentException(
          "%s: expected shape [%d], got %s".formatted(name, channels, tensor.shape()));
    }
    return tensor.toDoubleArray();
  }

  static double[] variances(Tensor tensor, int channels) {
    double[] variance = ofChannels("variance", tensor, channels);
    for (int c = 0; c < variance.length; c++) {
      if (variance[c] < 0) {
        throw new IllegalArgumentException(
            "variance of channel %d must not be negative, but is %s".formatted(c, variance[c]));
      }
    }
    return variance;
  }
}
