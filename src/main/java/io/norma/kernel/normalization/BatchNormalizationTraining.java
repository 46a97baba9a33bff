package io.norma.kernel.normalization;

import io.norma.kernel.compute.NormalizationLoops;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.ChannelLayout;
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
    long count = batch.trainingCount();
    int channels = batch.layout().channels();
    Affine affine = Affine.of(inputs.optional(1), inputs.optional(2), batch.rows(), channels);
    NormalizationLoops loops = NormalizationLoops.of(x);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    if (affine.perRow() || batch.kept() != null) {
      ChannelMoments moments = batch.moments();
      double[] variance = moments.populationVariance();
      NormalizationLoops.Standard standard =
          NormalizationLoops.Standard.of(moments.mean(), variance, epsilon, count);
      BatchNormalizationInference.standardize(batch, standard, affine, y);
      return List.of(y, Batch.perChannel(moments.mean()), Batch.perChannel(variance));
    }
    double[] mean = new double[channels];
    double[] variance = new double[channels];
    double[] scale = new double[channels];
    int step = batch.channelsAtOnce();
    for (int c = 0; c < channels; c += step) {
      int some = Math.min(step, channels - c);
      ChannelLayout part = batch.layout().withChannels(some);
      int from = c * part.inner();
      loops.moments(x, from, part, mean, variance, c);
      for (int k = c; k < c + some; k++) {
        variance[k] /= count;
        scale[k] = affine.gamma()[k] / Math.sqrt(variance[k] + epsilon);
      }
      loops.standardize(x, y, from, part, mean, scale, affine.beta(), c);
    }
    return List.of(y, Batch.perChannel(mean), Batch.perChannel(variance));
  }
}
