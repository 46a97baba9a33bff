package io.norma.onnx.restoration;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ε with which a batch normalization gives the factors of folded weights: {@code s[m] =
 * γ[m]/√(σ²[m]+ε)}. Each channel says {@code ε = (γ/s)² − σ²}, the more exactly the smaller its
 * variance; their mean is weighted by that. A round number that fits as well is the one that was
 * meant.
 */
final class EpsilonFit {
  /** What frameworks have, the most usual first. */
  private static final double[] USUAL = {1e-5, 1e-3, 1e-6, 1e-4, 1e-12, 1e-8, 1e-7, 1e-2};

  private static final double LARGEST = 1;
  private static final int MOST_DIGITS = 7;

  private final CheckpointNormalization normalization;
  private final Scales scales;
  private final Precision precision;
  private final double best;
  private final double bestDeviation;

  private EpsilonFit(
      CheckpointNormalization normalization, Scales scales, Precision precision, double solved) {
    this.normalization = normalization;
    this.scales = scales;
    this.precision = precision;
    double least = Double.POSITIVE_INFINITY;
    double of = USUAL[0];
    if (solved > 0 && solved <= LARGEST) {
      least = deviation(solved);
      of = solved;
    }
    for (double usual : USUAL) {
      double deviation = deviation(usual);
      if (deviation < least) {
        least = deviation;
        of = usual;
      }
    }
    best = of;
    bestDeviation = least;
  }

  /**
   * The fit, or {@code null} if there is no such ε.
   *
   * @param bias what the file adds to each channel; {@code null} for nothing
   * @param ownBias and what the layer itself does, without the batch normalization
   */
  static @Nullable EpsilonFit of(
      CheckpointNormalization normalization,
      Scales scales,
      float @Nullable [] bias,
      float @Nullable [] ownBias,
      Precision precision) {
    double weights = 0;
    double sum = 0;
    for (int m = 0; m < scales.scale().length; m++) {
      double gamma = normalization.gamma()[m];
      double s = scales.scale()[m];
      // Of weights that vanish in rounding nothing can be told.
      if (s == 0 || gamma == 0 || !(scales.largestFolded()[m] > 1e6 * precision.floor())) {
        continue;
      }
      if (s > 0 != gamma > 0) {
        return null;
      }
      double ratio = gamma / s * (gamma / s);
      weights += 1 / (ratio * ratio);
      sum += (ratio - normalization.variance()[m]) / (ratio * ratio);
    }
    EpsilonFit fit = new EpsilonFit(normalization, scales, precision, sum / weights);
    boolean fits =
        fit.bestDeviation <= precision.tolerance() && fit.fitsBias(fit.best, bias, ownBias);
    return fits ? fit : null;
  }

  /** How far the weights are off with an ε, relative to the largest of their channel. */
  private double deviation(double epsilon) {
    double most = 0;
    for (int m = 0; m < scales.scale().length; m++) {
      double s = scales.scale()[m];
      if (Double.isNaN(s)) {
        continue;
      }
      double off = Math.abs(scale(m, epsilon) - s) * scales.largest()[m] - precision.floor();
      // Not a number stays one.
      if (!(off <= 0)) {
        most = Math.max(most, off / scales.largestFolded()[m]);
      }
    }
    return most;
  }

  private double scale(int m, double epsilon) {
    return normalization.gamma()[m] / Math.sqrt(normalization.variance()[m] + epsilon);
  }

  /** Whether {@code β + (b_c − μ)·γ/√(σ²+ε)} is what the file adds. */
  private boolean fitsBias(double epsilon, float @Nullable [] bias, float @Nullable [] ownBias) {
    for (int m = 0; m < normalization.channels(); m++) {
      double scale = scale(m, epsilon);
      double beta = normalization.beta()[m];
      double mean = normalization.mean()[m];
      double own = ownBias == null ? 0 : ownBias[m];
      double folded = bias == null ? 0 : bias[m];
      double size = Math.abs(beta) + (Math.abs(own) + Math.abs(mean)) * Math.abs(scale);
      double off = Math.abs(beta + (own - mean) * scale - folded);
      if (!(off <= precision.tolerance() * size + precision.floor())) {
        return false;
      }
    }
    return true;
  }

  /** Whether an ε fits as well as the best one, as far as rounding lets tell. */
  boolean fits(double epsilon) {
    return deviation(epsilon) <= Math.max(2 * bestDeviation, precision.noise());
  }

  /** The usual ones that fit, the most usual first. */
  List<Double> usual() {
    List<Double> usual = new ArrayList<>();
    for (double epsilon : USUAL) {
      if (fits(epsilon)) {
        usual.add(epsilon);
      }
    }
    return usual;
  }

  /** A usual one that fits, or else the one with the fewest digits. */
  double simplest() {
    List<Double> usual = usual();
    if (!usual.isEmpty()) {
      return usual.getFirst();
    }
    for (int digits = 1; digits <= MOST_DIGITS; digits++) {
      double rounded = new BigDecimal(best).round(new MathContext(digits)).doubleValue();
      if (fits(rounded)) {
        return rounded;
      }
    }
    return best;
  }
}
