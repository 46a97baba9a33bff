package io.norma.kernel.statistics;

/**
 * What a stored variance was divided by. Normalization takes the variance as it stands, whichever
 * it is; the convention says where the number comes from.
 */
public enum VarianceConvention {
  /** Σ(x−μ)² ÷ (n−1), as PyTorch keeps in {@code running_var}. */
  UNBIASED {
    @Override
    public double[] variance(ChannelMoments moments) {
      return moments.unbiasedVariance();
    }
  },
  /** Σ(x−μ)² ÷ n, as ONNX and Keras keep it. */
  POPULATION {
    @Override
    public double[] variance(ChannelMoments moments) {
      return moments.populationVariance();
    }
  };

  /** The variance per channel by this convention. */
  public abstract double[] variance(ChannelMoments moments);
}
