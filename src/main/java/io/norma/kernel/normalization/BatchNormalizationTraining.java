package io.norma.kernel.normalization;

import io.norma.kernel.compute.moments.NormalizationLoops.Standard;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Batch normalization by the batch's own statistics: {@code y = γ·(x − μ_B)/√(σ²_B + ε) + β}, with
 * μ_B the mean and σ²_B the population variance of a channel's values.
 *
 * <p>Inputs: x, FP32 or FP64 of rank 2 or more; optional γ and β, (C), or (N, C) where each row has
 * its own; an optional BOOL mask of the rows that count. Masked rows are normalized, but are no
 * part of the statistics. Outputs: y, as x; μ_B and σ²_B, FP64 (C).
 *
 * <p>Source: Ioffe and Szegedy 2015, algorithm 1; per row, de Vries et al. 2017.
 *
 * @param channelAxis the channels' axis, not 0; a negative one counts from the end
 */
public record BatchNormalizationTraining(double epsilon, int channelAxis) implements Layer {
  /**
   * @throws IllegalArgumentException if epsilon is not finite or not above 0
   */
  public BatchNormalizationTraining {
    Epsilon.require(epsilon);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Batch batch = Batch.of(x, channelAxis, inputs.optional(3));
    batch.requireSeveralValues();
    int channels = batch.layout().channels();
    // Moments and coefficients by channel, in double and in float.
    memory.reserve(96L * channels);
    Affine affine = Affine.of(inputs.optional(1), inputs.optional(2), batch.rows(), channels);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    ChannelMoments moments = batch.moments();
    double[] mean = moments.mean();
    double[] variance = moments.populationVariance();
    double[] inverse = Standard.inverse(variance, epsilon);
    BatchNormalizationInference.standardize(batch, mean, inverse, affine, y);
    return List.of(y, Batch.perChannel(mean), Batch.perChannel(variance));
  }
}
