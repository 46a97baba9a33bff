package io.norma.kernel.normalization;

import io.norma.kernel.compute.moments.NormalizationLoops;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Normalization of each sample by its own statistics, in G groups of neighbouring channels: {@code
 * y = γ·(x − μ)/√(σ² + ε) + β}, with μ and σ² (population) of a group's values in one sample and γ,
 * β per channel.
 *
 * <p>Group normalization as it stands (Wu and He 2018, equation 7); instance normalization with as
 * many groups as channels (Ulyanov et al. 2016, equation 4); layer normalization with one group and
 * x as (rows, elements) (Ba et al. 2016, equation 4).
 *
 * <p>Inputs: x, FP32 or FP64 of rank 2 or more; optional γ and β, (C). Outputs: y, as x; μ and σ²,
 * FP64 (N, G).
 *
 * @param groups G, which divides C
 * @param channelAxis the channels' axis, not 0; a negative one counts from the end
 */
public record SampleNormalization(int groups, double epsilon, int channelAxis) implements Layer {
  /**
   * @throws IllegalArgumentException if epsilon is not finite and above 0, or groups below 1
   */
  public SampleNormalization {
    Epsilon.require(epsilon);
    if (groups < 1) {
      throw new IllegalArgumentException("groups must be 1 or more, but is " + groups);
    }
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Samples samples = Samples.of(x, groups, channelAxis);
    ChannelLayout layout = samples.layout();
    int channels = layout.channels();
    Affine affine = Affine.of(inputs.optional(1), inputs.optional(2), -1, channels);
    NormalizationLoops loops = NormalizationLoops.of(x);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    // Moments and coefficients by group and by channel, in double and in float.
    memory.reserve(32L * samples.rows() * groups + 64L * channels);
    double[] means = new double[samples.rows() * groups];
    double[] variances = new double[samples.rows() * groups];
    double[] mean = new double[channels];
    double[] scale = new double[channels];
    for (int n = 0; n < samples.rows(); n++) {
      samples.moments(loops, n, means, variances);
      for (int c = 0; c < channels; c++) {
        int group = n * groups + samples.group(c);
        mean[c] = means[group];
        scale[c] = affine.gamma()[c] / Math.sqrt(variances[group] + epsilon);
      }
      loops.standardize(x, y, n * samples.rowSize(), layout, mean, scale, affine.beta());
    }
    Shape shape = Shape.of(samples.rows(), groups);
    return List.of(y, Tensor.of(shape, means), Tensor.of(shape, variances));
  }
}
