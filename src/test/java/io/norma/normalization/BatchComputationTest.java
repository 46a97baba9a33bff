package io.norma.normalization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients of the variants of batch normalization against central differences in float64. */
final class BatchComputationTest {
  private static final double EPSILON = 1e-3;
  private static final double STEP = 1e-6;

  private final SplittableRandom random = new SplittableRandom(11);

  @ParameterizedTest
  @CsvSource({"2, 1", "3, 1", "6, 1", "2, 2", "4, -1"})
  void isTheSlopeOfGhostBatches(int ghostBatchSize, int axis) {
    Tensor x = normal(6, 3, 4);
    int channels = x.shape().dimension(axis);
    Case ghosts = new Case(x, normal(channels), normal(channels), axis, ghostBatchSize);
    assertSlopes(ghosts);
  }

  @Test
  void isTheSlopeOfGhostBatchesOfWhichTheLastIsSmaller() {
    assertSlopes(new Case(normal(7, 2), normal(2), normal(2), 1, 4));
  }

  @Test
  void isTheSlopeOfGhostBatchesWithAffineValuesPerRow() {
    assertSlopes(new Case(normal(5, 2, 3), normal(5, 2), normal(5, 2), 1, 2));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void isTheSlopeWhereOnlyBetaIsPerRow(int ghostBatchSize) {
    Case perRow = new Case(normal(5, 2, 3), null, normal(5, 2), 1, ghostBatchSize);
    assertSlopes(perRow);
    assertThat(gradient(perRow, normal(5, 2, 3)).gamma().shape()).isEqualTo(Shape.of(5, 2));
  }

  @ParameterizedTest
  @CsvSource({
    "0, true, true",
    "0, true, false",
    "0, false, true",
    "2, true, true",
    "2, true, false",
    "2, false, true"
  })
  void isTheSlopeOfTablesOfConditions(int ghostBatchSize, boolean scales, boolean shifts) {
    Tensor x = normal(5, 2, 3);
    Tensor dy = normal(5, 2, 3);
    int[] labels = {2, 0, 2, 1, 0};
    Tensor gammas = scales ? normal(3, 2) : null;
    Tensor betas = shifts ? normal(3, 2) : null;
    GradientResult gradient =
        BatchComputation.gradient(conditional(x, labels, gammas, betas, ghostBatchSize), dy);
    assertSlope(
        gradient.input(), x, t -> loss(conditional(t, labels, gammas, betas, ghostBatchSize), dy));
    Tensor gammaTable = gammas != null ? gammas : ones(3, 2);
    assertSlope(
        gradient.gamma(),
        gammaTable,
        t -> loss(conditional(x, labels, t, betas, ghostBatchSize), dy));
    Tensor betaTable = betas != null ? betas : zeros(3, 2);
    assertSlope(
        gradient.beta(),
        betaTable,
        t -> loss(conditional(x, labels, gammas, t, ghostBatchSize), dy));
  }

  /**
   * Here both corrections are at their limits, so that they are constants of the forward pass
   * itself.
   */
  @Test
  void isTheSlopeOfRenormalizationAtItsLimits() {
    Tensor mean = Tensor.of(Shape.of(2), 9.0, -9);
    Tensor variance = Tensor.of(Shape.of(2), 100.0, 0.001);
    Tensor x = normal(4, 2, 3);
    Tensor gamma = normal(2);
    Tensor beta = normal(2);
    Tensor dy = normal(4, 2, 3);
    Renormalization limits = new Renormalization(1.5, 0.25);
    BatchRequest request = renormalized(x, gamma, beta, mean, variance, limits);
    Renormalization.Correction correction =
        Objects.requireNonNull(BatchComputation.normalize(copied(request)).correction());
    assertThat(correction.r()).containsExactly(1 / 1.5, 1.5);
    assertThat(correction.d()).containsExactly(-0.25, 0.25);
    GradientResult gradient = BatchComputation.gradient(request, dy);
    assertSlope(
        gradient.input(), x, t -> loss(renormalized(t, gamma, beta, mean, variance, limits), dy));
    assertSlope(
        gradient.gamma(), gamma, t -> loss(renormalized(x, t, beta, mean, variance, limits), dy));
    assertSlope(
        gradient.beta(), beta, t -> loss(renormalized(x, gamma, t, mean, variance, limits), dy));
  }

  @Test
  void takesTheCorrectionsOfRenormalizationAsConstants() {
    Tensor mean = Tensor.of(Shape.of(2), 0.1, -0.2);
    Tensor variance = Tensor.of(Shape.of(2), 1.2, 0.9);
    Tensor x = normal(5, 2);
    Tensor gamma = normal(2);
    Tensor beta = normal(2);
    Tensor dy = normal(5, 2);
    Renormalization wide = new Renormalization(100, 100);
    GradientResult gradient =
        BatchComputation.gradient(renormalized(x, gamma, beta, mean, variance, wide), dy);
    double[] r = new double[2];
    double[] d = new double[2];
    for (int c = 0; c < 2; c++) {
      double sigma = Math.sqrt(variance.getDouble(c) + EPSILON);
      r[c] = Math.sqrt(variance(x, c) + EPSILON) / sigma;
      d[c] = (mean(x, c) - mean.getDouble(c)) / sigma;
    }
    assertSlope(gradient.input(), x, t -> loss(t, gamma, beta, r, d, dy));
    assertSlope(gradient.gamma(), gamma, t -> loss(x, t, beta, r, d, dy));
    assertSlope(gradient.beta(), beta, t -> loss(x, gamma, t, r, d, dy));
  }

  private record Case(
      Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta, int axis, int ghostBatchSize) {
    BatchRequest request() {
      return new BatchRequest(
          x, conventions(axis), gamma, beta, null, null, null, null, ghostBatchSize, null);
    }
  }

  private void assertSlopes(Case variant) {
    Tensor x = variant.x;
    Tensor beta = variant.beta;
    int axis = variant.axis;
    int ghosts = variant.ghostBatchSize;
    Tensor dy = normal(x.shape().dimensions());
    GradientResult gradient = gradient(variant, dy);
    assertSlope(
        gradient.input(),
        x,
        t -> loss(new Case(t, variant.gamma, beta, axis, ghosts).request(), dy));
    Tensor gamma = variant.gamma;
    if (gamma == null) {
      gamma = ones(gradient.gamma().shape().dimensions());
    }
    assertSlope(
        gradient.gamma(), gamma, t -> loss(new Case(x, t, beta, axis, ghosts).request(), dy));
    if (beta != null) {
      assertSlope(
          gradient.beta(),
          beta,
          t -> loss(new Case(x, variant.gamma, t, axis, ghosts).request(), dy));
    }
  }

  private static GradientResult gradient(Case variant, Tensor dy) {
    return BatchComputation.gradient(variant.request(), dy);
  }

  private static void assertSlope(
      Tensor gradient, Tensor parameter, ToDoubleFunction<Tensor> loss) {
    assertThat(gradient.shape()).isEqualTo(parameter.shape());
    for (int i = 0; i < parameter.size(); i++) {
      double slope =
          (loss.applyAsDouble(nudged(parameter, i, STEP))
                  - loss.applyAsDouble(nudged(parameter, i, -STEP)))
              / (2 * STEP);
      assertThat(gradient.getDouble(i))
          .as("element %d of the gradient of %s", i, parameter)
          .isCloseTo(slope, within(1e-7 * (1 + Math.abs(slope))));
    }
  }

  private static double loss(BatchRequest request, Tensor dy) {
    return product(BatchComputation.normalize(copied(request)).output(), dy);
  }

  /** Batch renormalization of (N, C), spelled out. */
  private static double loss(
      Tensor x, Tensor gamma, Tensor beta, double[] r, double[] d, Tensor dy) {
    Tensor y = x.copy();
    for (int i = 0; i < x.size(); i++) {
      int c = i % r.length;
      double standard = (x.getDouble(i) - mean(x, c)) / Math.sqrt(variance(x, c) + EPSILON);
      y.setDouble(i, gamma.getDouble(c) * (standard * r[c] + d[c]) + beta.getDouble(c));
    }
    return product(y, dy);
  }

  private static double product(Tensor a, Tensor b) {
    double product = 0;
    for (int i = 0; i < a.size(); i++) {
      product += a.getDouble(i) * b.getDouble(i);
    }
    return product;
  }

  private static double mean(Tensor x, int c) {
    int channels = x.shape().dimension(1);
    double sum = 0;
    for (int i = c; i < x.size(); i += channels) {
      sum += x.getDouble(i);
    }
    return sum / x.shape().dimension(0);
  }

  private static double variance(Tensor x, int c) {
    int channels = x.shape().dimension(1);
    double mean = mean(x, c);
    double sum = 0;
    for (int i = c; i < x.size(); i += channels) {
      sum += (x.getDouble(i) - mean) * (x.getDouble(i) - mean);
    }
    return sum / x.shape().dimension(0);
  }

  /** Normalizing may overwrite its input. */
  private static BatchRequest copied(BatchRequest request) {
    return new BatchRequest(
        request.input().copy(),
        request.conventions(),
        request.gamma(),
        request.beta(),
        request.runningMean(),
        request.runningVariance(),
        request.condition(),
        request.renormalization(),
        request.ghostBatchSize(),
        request.rowMask());
  }

  private static BatchRequest renormalized(
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor mean,
      Tensor variance,
      Renormalization renormalization) {
    return new BatchRequest(
        x, conventions(1), gamma, beta, mean, variance, null, renormalization, 0, null);
  }

  private static BatchRequest conditional(
      Tensor x, int[] labels, @Nullable Tensor gammas, @Nullable Tensor betas, int ghostBatchSize) {
    Condition condition = new Condition(labels, gammas, betas);
    return new BatchRequest(
        x, conventions(1), null, null, null, null, condition, null, ghostBatchSize, null);
  }

  private static Conventions conventions(int axis) {
    return new Conventions(
        true, axis, EPSILON, new RunningUpdate.Momentum(0.1), VarianceConvention.UNBIASED);
  }

  private static Tensor nudged(Tensor tensor, int element, double step) {
    Tensor copy = tensor.copy();
    copy.setDouble(element, copy.getDouble(element) + step);
    return copy;
  }

  private Tensor normal(int... dimensions) {
    Tensor tensor = zeros(dimensions);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, random.nextGaussian());
    }
    return tensor;
  }

  private static Tensor ones(int... dimensions) {
    Tensor tensor = zeros(dimensions);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, 1);
    }
    return tensor;
  }

  private static Tensor zeros(int... dimensions) {
    return Tensor.zeros(DataType.FP64, Shape.of(dimensions));
  }
}
