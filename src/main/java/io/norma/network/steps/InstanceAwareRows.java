package io.norma.network.steps;

import io.norma.kernel.compute.moments.NormalizationLoops;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.InstanceShrinkage;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Normalization;

/** Each row of (N, C, …) normalized by running statistics corrected by its own. */
final class InstanceAwareRows {
  private InstanceAwareRows() {}

  /** {@code y = γ·(x − μ)/√(σ²+ε) + β} with μ and σ² of {@link InstanceShrinkage}. */
  static void normalize(
      BatchNormalizationLayer layer,
      Normalization.InstanceAware normalization,
      Tensor x,
      Tensor y) {
    ChannelStatistics running = normalization.statistics().layer(layer.name());
    InstanceShrinkage shrinkage = normalization.shrinkage();
    ChannelLayout whole = ChannelLayout.of(x.shape(), 1);
    ChannelLayout row = whole.withOuter(1);
    NormalizationLoops loops = NormalizationLoops.of(x);
    int channels = whole.channels();
    long values = row.valuesPerChannel();
    double[] mean = new double[channels];
    double[] scale = new double[channels];
    double[] shift = new double[channels];
    float[] gamma = layer.gamma(running);
    float[] beta = layer.beta(running);
    for (int c = 0; c < channels; c++) {
      shift[c] = beta[c];
    }
    for (int n = 0; n < whole.outer(); n++) {
      int from = n * whole.stride();
      // The scales take the sums of squared deviations first.
      loops.moments(x, from, row, mean, scale, 0);
      for (int c = 0; c < channels; c++) {
        double runningVariance = running.variance()[c];
        double variance = shrinkage.variance(runningVariance, scale[c] / (values - 1), values);
        mean[c] = shrinkage.mean(running.mean()[c], runningVariance, mean[c], values);
        scale[c] = gamma[c] / Math.sqrt(variance + layer.epsilon());
      }
      loops.standardize(x, y, from, row, mean, scale, shift);
    }
  }
}
