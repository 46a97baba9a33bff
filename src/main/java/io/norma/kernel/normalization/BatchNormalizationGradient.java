package io.norma.kernel.normalization;

import io.norma.kernel.compute.moments.NormalizationLoops;
import io.norma.kernel.compute.moments.NormalizationLoops.GradientSums;
import io.norma.kernel.compute.moments.NormalizationLoops.InputGradient;
import io.norma.kernel.compute.moments.NormalizationLoops.Standard;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * The gradient of batch normalization. With {@code r = 1/√(σ² + ε)}, {@code x̂ = (x − μ)·r} and n
 * values per channel: {@code dβ = Σ dy}, {@code dγ = Σ dy·x̂}; by given statistics {@code dx =
 * γ·r·dy}; in training mode, where μ and σ² depend on x, {@code dx = r·(γ·dy − Σ γ·dy/n − x̂·Σ
 * γ·dy·x̂/n)}. Rows that a mask leaves out have {@code dx = γ·r·dy}: no statistics depend on them.
 *
 * <p>Inputs: dy, as x; x, FP32 or FP64 of rank 2 or more; optional γ, (C) or (N, C); mean and
 * variance, (C), which may be absent in training mode; an optional BOOL mask of the rows that
 * count. Outputs: dx, dγ and dβ, of the type of x; dγ and dβ have the shape of γ.
 *
 * <p>Source: Ioffe and Szegedy 2015, section 3.
 *
 * @param channelAxis the channels' axis, not 0; a negative one counts from the end
 */
public record BatchNormalizationGradient(double epsilon, int channelAxis, boolean trainingMode)
    implements Layer {
  /**
   * @throws IllegalArgumentException if epsilon is not finite or not above 0
   */
  public BatchNormalizationGradient {
    Epsilon.require(epsilon);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor dy = inputs.get(0);
    Tensor x = inputs.get(1);
    if (!dy.shape().equals(x.shape()) || dy.dataType() != x.dataType()) {
      throw new IllegalArgumentException(
          "output gradient: expected %s like the input, got %s".formatted(x, dy));
    }
    Batch batch = Batch.of(x, channelAxis, inputs.optional(5));
    if (trainingMode) {
      batch.requireSeveralValues();
    }
    int channels = batch.layout().channels();
    Affine affine = Affine.of(inputs.optional(2), null, batch.rows(), channels);
    Standard standard = standard(inputs, batch);
    Tensor dx = memory.allocate(x.dataType(), x.shape());
    GradientSums sums =
        affine.perRow()
            ? perRow(batch, dy, dx, standard, affine)
            : shared(batch, dy, dx, standard, affine);
    Shape shape = affine.perRow() ? Shape.of(batch.rows(), channels) : Shape.of(channels);
    return List.of(
        dx, tensor(x, shape, sums.product(), memory), tensor(x, shape, sums.gradient(), memory));
  }

  private Standard standard(Inputs inputs, Batch batch) {
    if (!inputs.has(3) && trainingMode) {
      ChannelMoments moments = batch.moments();
      return Standard.of(moments.mean(), moments.populationVariance(), epsilon, moments.count());
    }
    int channels = batch.layout().channels();
    return Standard.of(
        Batch.ofChannels("mean", inputs.get(3), channels),
        Batch.variances(inputs.get(4), channels),
        epsilon,
        batch.count());
  }

  private GradientSums shared(Batch batch, Tensor dy, Tensor dx, Standard standard, Affine affine) {
    NormalizationLoops loops = NormalizationLoops.of(dx);
    ChannelLayout layout = batch.layout();
    GradientSums sums = new GradientSums(layout.channels());
    loops.gradientSums(dy, batch.x(), 0, layout, standard, sums, 0);
    InputGradient coefficients = coefficients(standard, affine, sums, batch.count());
    inputGradient(loops, batch, dy, dx, 0, layout, 0, standard, coefficients);
    return sums;
  }

  private GradientSums perRow(Batch batch, Tensor dy, Tensor dx, Standard standard, Affine affine) {
    NormalizationLoops loops = NormalizationLoops.of(dx);
    int channels = batch.layout().channels();
    GradientSums sums = new GradientSums(batch.rows() * channels);
    ChannelLayout row = batch.rowLayout();
    for (int n = 0; n < batch.rows(); n++) {
      loops.gradientSums(dy, batch.x(), n * batch.rowSize(), row, standard, sums, n * channels);
    }
    GradientSums weighted = new GradientSums(channels);
    for (int i = 0; i < batch.rows() * channels; i++) {
      weighted.gradient()[i % channels] += affine.gamma()[i] * sums.gradient()[i];
      weighted.product()[i % channels] += affine.gamma()[i] * sums.product()[i];
    }
    Affine ones = Affine.of(null, null, batch.rows(), channels);
    InputGradient coefficients = coefficients(standard, ones, weighted, batch.count());
    for (int n = 0; n < batch.rows(); n++) {
      for (int c = 0; c < channels; c++) {
        coefficients.factor()[c] = affine.gamma()[n * channels + c] * standard.inverse()[c];
      }
      int firstPosition = n * row.outer();
      inputGradient(
          loops, batch, dy, dx, n * batch.rowSize(), row, firstPosition, standard, coefficients);
    }
    return sums;
  }

  private InputGradient coefficients(
      Standard standard, Affine affine, GradientSums sums, long count) {
    double[] inverse = standard.inverse();
    InputGradient coefficients = new InputGradient(inverse.length);
    double[] factor = coefficients.factor();
    for (int c = 0; c < inverse.length; c++) {
      factor[c] = affine.gamma()[c] * inverse[c];
    }
    if (trainingMode) {
      for (int c = 0; c < inverse.length; c++) {
        coefficients.shift()[c] = factor[c] * sums.gradient()[c] / count;
        coefficients.slope()[c] = factor[c] * sums.product()[c] / count;
      }
    }
    return coefficients;
  }

  private void inputGradient(
      NormalizationLoops loops,
      Batch batch,
      Tensor dy,
      Tensor dx,
      int from,
      ChannelLayout part,
      int firstPosition,
      Standard standard,
      InputGradient coefficients) {
    if (trainingMode && batch.kept() == null) {
      loops.inputGradient(dy, batch.x(), dx, from, part, standard, coefficients);
      return;
    }
    double[] zeros = new double[standard.mean().length];
    if (!trainingMode) {
      loops.standardize(dy, dx, from, part, zeros, coefficients.factor(), zeros);
      return;
    }
    ChannelLayout one = part.withOuter(1);
    for (int o = 0; o < part.outer(); o++) {
      int position = from + o * part.stride();
      if (batch.keeps(firstPosition + o)) {
        loops.inputGradient(dy, batch.x(), dx, position, one, standard, coefficients);
      } else {
        loops.standardize(dy, dx, position, one, zeros, coefficients.factor(), zeros);
      }
    }
  }

  static Tensor tensor(Tensor x, Shape shape, double[] values, Memory memory) {
    Tensor tensor = memory.allocate(x.dataType(), shape);
    if (tensor.array() instanceof float[] floats) {
      for (int i = 0; i < values.length; i++) {
        floats[tensor.offset() + i] = (float) values[i];
      }
    } else {
      System.arraycopy(values, 0, tensor.doubles(), tensor.offset(), values.length);
    }
    return tensor;
  }
}
