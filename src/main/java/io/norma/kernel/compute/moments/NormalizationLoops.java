package io.norma.kernel.compute.moments;

import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;

/**
 * What normalizations of one data type are made of, with {@code x̂ = (x − μ)·r} for {@code r =
 * 1/√(σ²+ε)}. Coefficients are per channel of the layout and in double. The layout's first element
 * lies {@code from} elements behind a tensor's.
 */
public abstract sealed class NormalizationLoops
    permits FloatNormalizationLoops, DoubleNormalizationLoops {
  /**
   * The loops for a tensor's data type.
   *
   * @throws IllegalArgumentException if it is neither FP32 nor FP64
   */
  public static NormalizationLoops of(Tensor x) {
    if (!x.dataType().isFloatingPoint()) {
      throw new IllegalArgumentException("expected a tensor of FP32 or FP64, got " + x.dataType());
    }
    return x.dataType() == DataType.FP64
        ? new DoubleNormalizationLoops()
        : new FloatNormalizationLoops();
  }

  /**
   * Mean μ and sum of squared deviations M of every channel.
   *
   * @param layout has at least one value per channel
   * @param mean takes μ of channel c at index {@code at + c}
   * @param sum takes M of channel c at index {@code at + c}
   */
  public abstract void moments(
      Tensor x, int from, ChannelLayout layout, double[] mean, double[] sum, int at);

  /** {@code y = (x − mean)·scale + shift}; y may be x itself. */
  public abstract void standardize(
      Tensor x,
      Tensor y,
      int from,
      ChannelLayout layout,
      double[] mean,
      double[] scale,
      double[] shift);

  /**
   * Adds {@code Σ dy} and {@code Σ dy·x̂} of every channel.
   *
   * @param standard μ and r
   * @param sums takes the sums of channel c at index {@code sumsAt + c}
   */
  public abstract void gradientSums(
      Tensor dy,
      Tensor x,
      int from,
      ChannelLayout layout,
      Standard standard,
      GradientSums sums,
      int sumsAt);

  /** {@code dx = factor·dy − shift − slope·x̂}. */
  public abstract void inputGradient(
      Tensor dy,
      Tensor x,
      Tensor dx,
      int from,
      ChannelLayout layout,
      Standard standard,
      InputGradient coefficients);

  /**
   * What makes x̂ of x.
   *
   * @param mean μ
   * @param inverse r
   * @param exact whether a channel's gradient needs double arithmetic for every element
   */
  public record Standard(double[] mean, double[] inverse, boolean[] exact) {
    /** So few values leave next to nothing of dy once its mean and slope are taken away. */
    private static final int FEW_VALUES = 8;

    public Standard(int channels) {
      this(new double[channels], new double[channels], new boolean[channels]);
    }

    /** Of variances of {@code count} values each. */
    public static Standard of(double[] mean, double[] variance, double epsilon, long count) {
      double[] inverse = inverse(variance, epsilon);
      boolean[] exact = new boolean[mean.length];
      for (int c = 0; c < mean.length; c++) {
        exact[c] = exact(mean[c], inverse[c], variance[c], count);
      }
      return new Standard(mean, inverse, exact);
    }

    /** r per channel. */
    public static double[] inverse(double[] variance, double epsilon) {
      double[] inverse = new double[variance.length];
      for (int c = 0; c < inverse.length; c++) {
        inverse[c] = 1 / Math.sqrt(variance[c] + epsilon);
      }
      return inverse;
    }

    /** Sets one channel. */
    public void set(int c, double channelMean, double variance, double epsilon, long count) {
      mean[c] = channelMean;
      inverse[c] = 1 / Math.sqrt(variance + epsilon);
      exact[c] = exact(channelMean, inverse[c], variance, count);
    }

    private static boolean exact(double mean, double inverse, double variance, long count) {
      return count <= FEW_VALUES
          || Math.abs(mean) > 1e38
          || inverse < 1e-12
          || inverse > 1e9
          || (variance > 0 && variance < 1e-40);
    }
  }

  /**
   * What the gradients of γ and β are, and what the gradient of x needs.
   *
   * @param gradient {@code Σ dy}
   * @param product {@code Σ dy·x̂}
   */
  public record GradientSums(double[] gradient, double[] product) {
    public GradientSums(int channels) {
      this(new double[channels], new double[channels]);
    }
  }

  /**
   * Coefficients of the gradient of x.
   *
   * @param factor {@code γ·r}
   * @param shift r times the mean of γ·dy, or 0 where the mean is not the batch's
   * @param slope r times the mean of γ·dy·x̂, or 0 where the variance is not the batch's
   */
  public record InputGradient(double[] factor, double[] shift, double[] slope) {
    public InputGradient(int channels) {
      this(new double[channels], new double[channels], new double[channels]);
    }
  }
}
