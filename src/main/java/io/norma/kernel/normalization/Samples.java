package io.norma.kernel.normalization;

import io.norma.kernel.compute.moments.MomentLoops;
import io.norma.kernel.compute.moments.NormalizationLoops;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.Tensor;

/**
 * The values that normalization per sample takes together: those of a group of channels in one row.
 *
 * @param layout of one row
 * @param rows N
 */
record Samples(Tensor x, ChannelLayout layout, int rows, int groups) {
  static Samples of(Tensor x, int groups, int channelAxis) {
    ChannelLayout whole = ChannelLayout.of(x.shape(), channelAxis);
    if (x.shape().axis(channelAxis) == 0) {
      throw new IllegalArgumentException(
          "axis 0 holds the rows and cannot be the channels' in shape " + x.shape());
    }
    if (whole.channels() % groups != 0) {
      throw new IllegalArgumentException(
          "the %d channels of input %s do not divide into %d groups"
              .formatted(whole.channels(), x.shape(), groups));
    }
    int rows = x.shape().dimension(0);
    ChannelLayout layout = whole.withOuter(rows == 0 ? 0 : whole.outer() / rows);
    long values = layout.valuesPerChannel() * (layout.channels() / groups);
    if (values < 2) {
      throw new IllegalArgumentException(
          "expected more than 1 value per sample and group, got %d for input of shape %s in %d"
                  .formatted(values, x.shape(), groups)
              + (groups == 1 ? " group" : " groups"));
    }
    return new Samples(x, layout, rows, groups);
  }

  int rowSize() {
    return x.size() / rows;
  }

  int group(int channel) {
    return channel / (layout.channels() / groups);
  }

  long valuesPerGroup() {
    return layout.valuesPerChannel() * (layout.channels() / groups);
  }

  /** Writes mean and population variance of a row's groups at {@code row·G + group}. */
  void moments(NormalizationLoops loops, int row, double[] means, double[] variances) {
    int at = row * groups;
    if (layout.outer() == 1) {
      // The channels of a group stand together: the group is one channel of a coarser layout.
      int values = (int) valuesPerGroup();
      ChannelLayout coarse = new ChannelLayout(1, groups, values);
      loops.moments(x, row * rowSize(), coarse, means, variances, at);
    } else {
      int channels = layout.channels();
      double[] mean = new double[channels];
      double[] sum = new double[channels];
      loops.moments(x, row * rowSize(), layout, mean, sum, 0);
      long each = layout.valuesPerChannel();
      for (int c = 0; c < channels; c++) {
        long before = each * (c % (channels / groups));
        MomentLoops.merge(means, variances, at + group(c), before, mean[c], sum[c], each);
      }
    }
    for (int g = at; g < at + groups; g++) {
      variances[g] /= valuesPerGroup();
    }
  }
}
