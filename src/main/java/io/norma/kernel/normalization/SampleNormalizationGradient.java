package io.norma.kernel.normalization;

import io.norma.kernel.compute.moments.NormalizationLoops;
import io.norma.kernel.compute.moments.NormalizationLoops.GradientSums;
import io.norma.kernel.compute.moments.NormalizationLoops.InputGradient;
import io.norma.kernel.compute.moments.NormalizationLoops.Standard;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * The gradient of {@link SampleNormalization}. With {@code r = 1/√(σ² + ε)}, {@code x̂ = (x − μ)·r}
 * and sums over the n values of a group in a sample: {@code dx = r·(γ·dy − Σ γ·dy/n − x̂·Σ
 * γ·dy·x̂/n)}; over samples and positions {@code dβ = Σ dy}, {@code dγ = Σ dy·x̂}.
 *
 * <p>Inputs: dy, as x; x; optional γ, (C). Outputs: dx, dγ and dβ, of the type of x.
 */
public record SampleNormalizationGradient(int groups, double epsilon, int channelAxis)
    implements Layer {
  /**
   * @throws IllegalArgumentException if epsilon is not finite and above 0, or groups below 1
   */
  public SampleNormalizationGradient {
    new SampleNormalization(groups, epsilon, channelAxis);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor dy = inputs.get(0);
    Tensor x = inputs.get(1);
    if (!dy.shape().equals(x.shape()) || dy.dataType() != x.dataType()) {
      throw new IllegalArgumentException(
          "output gradient: expected %s like the input, got %s".formatted(x, dy));
    }
    Samples samples = Samples.of(x, groups, channelAxis);
    int channels = samples.layout().channels();
    double[] gamma = Affine.of(inputs.optional(2), null, -1, channels).gamma();
    NormalizationLoops loops = NormalizationLoops.of(x);
    Tensor dx = memory.allocate(x.dataType(), x.shape());
    double[] means = new double[samples.rows() * groups];
    double[] variances = new double[samples.rows() * groups];
    Standard standard = new Standard(channels);
    GradientSums row = new GradientSums(channels);
    GradientSums total = new GradientSums(channels);
    InputGradient coefficients = new InputGradient(channels);
    for (int n = 0; n < samples.rows(); n++) {
      int from = n * samples.rowSize();
      samples.moments(loops, n, means, variances);
      for (int c = 0; c < channels; c++) {
        int group = n * groups + samples.group(c);
        standard.set(c, means[group], variances[group], epsilon, samples.valuesPerGroup());
      }
      Arrays.fill(row.gradient(), 0);
      Arrays.fill(row.product(), 0);
      loops.gradientSums(dy, x, from, samples.layout(), standard, row, 0);
      combine(samples, gamma, standard.inverse(), row, total, coefficients);
      loops.inputGradient(dy, x, dx, from, samples.layout(), standard, coefficients);
    }
    Shape shape = Shape.of(channels);
    return List.of(
        dx,
        BatchNormalizationGradient.tensor(x, shape, total.product(), memory),
        BatchNormalizationGradient.tensor(x, shape, total.gradient(), memory));
  }

  private static void combine(
      Samples samples,
      double[] gamma,
      double[] inverse,
      GradientSums row,
      GradientSums total,
      InputGradient coefficients) {
    double[] gradient = new double[samples.groups()];
    double[] product = new double[samples.groups()];
    for (int c = 0; c < gamma.length; c++) {
      total.gradient()[c] += row.gradient()[c];
      total.product()[c] += row.product()[c];
      gradient[samples.group(c)] += gamma[c] * row.gradient()[c];
      product[samples.group(c)] += gamma[c] * row.product()[c];
    }
    long count = samples.valuesPerGroup();
    for (int c = 0; c < gamma.length; c++) {
      coefficients.factor()[c] = gamma[c] * inverse[c];
      coefficients.shift()[c] = inverse[c] * gradient[samples.group(c)] / count;
      coefficients.slope()[c] = inverse[c] * product[samples.group(c)] / count;
    }
  }
}
