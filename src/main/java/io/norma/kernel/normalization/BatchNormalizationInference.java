package io.norma.kernel.normalization;

import io.norma.kernel.compute.moments.NormalizationLoops;
import io.norma.kernel.compute.moments.NormalizationLoops.Standard;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Batch normalization by given statistics: {@code y = γ·(x − μ)/√(σ² + ε) + β}.
 *
 * <p>Inputs: x, FP32 or FP64 of rank 2 or more; mean μ and variance σ², (C); optional γ and β, (C),
 * or (N, C) where each row has its own. Output: y, as x.
 *
 * <p>Source: Ioffe and Szegedy 2015, algorithm 2; per row, de Vries et al. 2017.
 *
 * @param channelAxis the channels' axis, not 0; a negative one counts from the end
 */
public record BatchNormalizationInference(double epsilon, int channelAxis) implements Layer {
  /**
   * @throws IllegalArgumentException if epsilon is not finite or not above 0
   */
  public BatchNormalizationInference {
    Epsilon.require(epsilon);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Batch batch = Batch.of(x, channelAxis, null);
    int channels = batch.layout().channels();
    // Moments and coefficients by channel, in double and in float.
    memory.reserve(96L * channels);
    double[] mean = Batch.ofChannels("mean", inputs.get(1), channels);
    double[] variance = Batch.variances(inputs.get(2), channels);
    Affine affine = Affine.of(inputs.optional(3), inputs.optional(4), batch.rows(), channels);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    standardize(batch, mean, Standard.inverse(variance, epsilon), affine, y);
    return List.of(y);
  }

  static void standardize(Batch batch, double[] mean, double[] inverse, Affine affine, Tensor y) {
    NormalizationLoops loops = NormalizationLoops.of(batch.x());
    int channels = batch.layout().channels();
    double[] scale = new double[channels];
    if (!affine.perRow()) {
      for (int c = 0; c < channels; c++) {
        scale[c] = affine.gamma()[c] * inverse[c];
      }
      loops.standardize(batch.x(), y, 0, batch.layout(), mean, scale, affine.beta());
      return;
    }
    double[] shift = new double[channels];
    for (int n = 0; n < batch.rows(); n++) {
      for (int c = 0; c < channels; c++) {
        scale[c] = affine.gamma()[n * channels + c] * inverse[c];
        shift[c] = affine.beta()[n * channels + c];
      }
      int from = n * batch.rowSize();
      loops.standardize(batch.x(), y, from, batch.rowLayout(), mean, scale, shift);
    }
  }
}
