package io.norma.normalization;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Batch renormalization: {@code y = γ·(x̂·r + d) + β} with {@code r = clip(σ_B/σ, 1/r_max, r_max)}
 * and {@code d = clip((μ_B − μ)/σ, −d_max, d_max)}, both constants to the gradient; {@code σ =
 * √(σ²+ε)}. Source: Ioffe 2017, algorithm 1.
 */
public record Renormalization(double rMax, double dMax) {
  /**
   * @throws io.norma.serving.ServingException.InvalidField if r_max is below 1 or d_max below 0
   */
  public Renormalization {
    if (!(rMax >= 1)) {
      throw Checks.invalid("renormalization", "r_max must be 1 or more, but is " + rMax);
    }
    if (!(dMax >= 0)) {
      throw Checks.invalid("renormalization", "d_max must be 0 or more, but is " + dMax);
    }
  }

  /** r and d per channel. */
  public record Correction(double[] r, double[] d) {
    /** γ·r: renormalization is batch normalization with this γ … */
    Tensor gamma(@Nullable Tensor gamma) {
      double[] values = r.clone();
      for (int c = 0; c < values.length; c++) {
        values[c] *= gamma == null ? 1 : gamma.getDouble(c);
      }
      return Tensor.of(Shape.of(values.length), values);
    }

    /** … and with γ·d + β as its β. */
    Tensor beta(@Nullable Tensor gamma, @Nullable Tensor beta) {
      double[] values = d.clone();
      for (int c = 0; c < values.length; c++) {
        values[c] =
            values[c] * (gamma == null ? 1 : gamma.getDouble(c))
                + (beta == null ? 0 : beta.getDouble(c));
      }
      return Tensor.of(Shape.of(values.length), values);
    }
  }

  Correction correction(
      double[] batchMean, double[] batchVariance, Tensor mean, Tensor variance, double epsilon) {
    double[] r = new double[batchMean.length];
    double[] d = new double[batchMean.length];
    for (int c = 0; c < r.length; c++) {
      double sigma = Math.sqrt(variance.getDouble(c) + epsilon);
      r[c] = Math.clamp(Math.sqrt(batchVariance[c] + epsilon) / sigma, 1 / rMax, rMax);
      d[c] = Math.clamp((batchMean[c] - mean.getDouble(c)) / sigma, -dMax, dMax);
    }
    return new Correction(r, d);
  }
}
