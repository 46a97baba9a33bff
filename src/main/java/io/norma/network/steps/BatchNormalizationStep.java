package io.norma.network.steps;

import io.norma.kernel.compute.moments.CenteredAffine;
import io.norma.kernel.compute.moments.NormalizationLoops;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.BoundNormalization;
import io.norma.network.Node;
import io.norma.network.Normalization;
import io.norma.network.RowStatistics;
import java.util.List;

/**
 * A batch normalization that stands by itself, on x of shape (N, C, …), or (N) for one channel.
 *
 * @param index position of its layer in {@link Network#batchNormalizations()}
 */
public record BatchNormalizationStep(Node node, BatchNormalizationLayer layer, int index)
    implements Step {
  @Override
  public String name() {
    return node.name();
  }

  @Override
  public List<String> inputs() {
    return node.inputs();
  }

  @Override
  public List<String> outputs() {
    return node.outputs();
  }

  @Override
  public List<Tensor> execute(Inputs inputs, Run run) {
    Tensor given = inputs.get(0);
    Tensor x = given.shape().rank() == 1 ? given.reshape(Shape.of(given.size(), 1)) : given;
    Shape shape = x.shape();
    if (shape.rank() < 2 || shape.dimension(1) != layer.channels()) {
      throw new IllegalArgumentException(
          "expected an input of shape (N, %d, …), got %s"
              .formatted(layer.channels(), given.shape()));
    }
    run.observer().beforeBatchNormalization(index, x);
    Tensor y = run.memory().allocate(DataType.FP32, shape);
    switch (run.normalization()) {
      case Normalization.Frozen frozen -> normalize(x, y, frozen.rows());
      case Normalization.Batch _ -> {
        ChannelMoments moments = severalValues(given.shape(), ChannelMoments.of(x, 1));
        normalize(x, y, moments.mean(), moments.populationVariance(), layer.gamma(), layer.beta());
      }
      case Normalization.InstanceAware aware -> {
        if (ChannelLayout.of(shape, 1).inner() > 1) {
          InstanceAwareRows.normalize(layer, aware, x, y);
        } else {
          normalize(x, y, RowStatistics.uniform(aware.bound()));
        }
      }
      case Normalization.Blend blend -> normalize(given.shape(), x, y, blend);
    }
    return List.of(y.reshape(given.shape()));
  }

  /** One value is its own mean: normalized by itself alone, every one would give β. */
  private ChannelMoments severalValues(Shape given, ChannelMoments moments) {
    if (moments.count() < 2) {
      throw new IllegalArgumentException(
          ("Expected more than 1 value per channel when training, but batch normalization '%s' got"
                  + " an input of shape %s: send more rows, or normalize by running statistics")
              .formatted(layer.name(), given));
    }
    return moments;
  }

  private void normalize(Shape given, Tensor x, Tensor y, Normalization.Blend blend) {
    ChannelMoments moments = ChannelMoments.of(x, 1);
    if (blend.priorWeight() == 0) {
      severalValues(given, moments);
    }
    double[] mean = moments.mean().clone();
    double[] variance = moments.populationVariance();
    ChannelStatistics prior = blend.prior().layer(layer.name());
    for (int c = 0; c < mean.length; c++) {
      double priorMean = prior.mean()[c];
      variance[c] =
          blend
              .method()
              .variance(blend.priorWeight(), priorMean, prior.variance()[c], mean[c], variance[c]);
      mean[c] = blend.method().mean(blend.priorWeight(), priorMean, mean[c]);
    }
    normalize(x, y, mean, variance, layer.gamma(prior), layer.beta(prior));
  }

  /** {@code y = γ·(x − μ)/√(σ²+ε) + β}. */
  private void normalize(
      Tensor x, Tensor y, double[] mean, double[] variance, float[] gamma, float[] beta) {
    double[] scale = new double[mean.length];
    double[] shift = new double[mean.length];
    for (int c = 0; c < scale.length; c++) {
      scale[c] = gamma[c] / Math.sqrt(variance[c] + layer.epsilon());
      shift[c] = beta[c];
    }
    NormalizationLoops.of(x)
        .standardize(x, y, 0, ChannelLayout.of(x.shape(), 1), mean, scale, shift);
  }

  private void normalize(Tensor x, Tensor y, RowStatistics rows) {
    int rowCount = x.shape().dimension(0);
    if (rows.isUniform()) {
      normalize(x, y, 0, rowCount, rows.of(0, rowCount).layer(index));
      return;
    }
    for (int n = 0; n < rowCount; n++) {
      normalize(x, y, n, n + 1, rows.of(n, rowCount).layer(index));
    }
  }

  private static void normalize(Tensor x, Tensor y, int from, int to, BoundNormalization bound) {
    ChannelLayout layout = ChannelLayout.of(x.shape(), 1);
    int first = from * layout.stride();
    if (bound.isIdentity()) {
      System.arraycopy(
          x.floats(),
          x.offset() + first,
          y.floats(),
          y.offset() + first,
          (to - from) * x.shape().size(1, x.shape().rank()));
      return;
    }
    CenteredAffine.apply(
        x.floats(),
        x.offset() + first,
        y.floats(),
        y.offset() + first,
        layout.withOuter(to - from),
        bound.mean(),
        bound.scale(),
        bound.beta());
  }
}
