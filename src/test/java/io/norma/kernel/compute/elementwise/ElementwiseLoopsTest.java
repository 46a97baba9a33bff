package io.norma.kernel.compute.elementwise;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

final class ElementwiseLoopsTest {
  private static final int[] LENGTHS = {1, 4, 6, 8, 13, 16, 31, 33, 64, 100, 4098};
  private static final List<ElementwiseLoops> TWINS =
      List.of(new ScalarElementwiseLoops(), new SimdElementwiseLoops());

  @FunctionalInterface
  private interface Unary {
    void run(ElementwiseLoops loops, float[] x, int xOffset, float[] y, int yOffset, int length);
  }

  @FunctionalInterface
  private interface Binary {
    void run(ElementwiseLoops loops, FloatRun a, FloatRun b, float[] y, int yOffset, int length);
  }

  private static final List<Unary> UNARIES =
      List.of(
          (l, x, xo, y, yo, n) -> l.clip(x, xo, y, yo, n, -0.5f, 6f),
          (l, x, xo, y, yo, n) -> l.leakyRelu(x, xo, y, yo, n, 0.1f),
          (l, x, xo, y, yo, n) -> l.exp(x, xo, y, yo, n),
          (l, x, xo, y, yo, n) -> l.swish(x, xo, y, yo, n, 1.5f),
          (l, x, xo, y, yo, n) -> l.sigmoid(x, xo, y, yo, n),
          (l, x, xo, y, yo, n) -> l.tanh(x, xo, y, yo, n),
          (l, x, xo, y, yo, n) -> l.erf(x, xo, y, yo, n),
          (l, x, xo, y, yo, n) -> l.gelu(x, xo, y, yo, n),
          (l, x, xo, y, yo, n) -> l.geluTanh(x, xo, y, yo, n),
          (l, x, xo, y, yo, n) -> l.hardSigmoid(x, xo, y, yo, n, 0.2f, 0.5f),
          (l, x, xo, y, yo, n) -> l.hardSwish(x, xo, y, yo, n, 1 / 6f, 0.5f));

  private static final List<Binary> BINARIES =
      List.of(
          (l, a, b, y, yo, n) -> l.add(a, b, y, yo, n),
          (l, a, b, y, yo, n) -> l.subtract(a, b, y, yo, n),
          (l, a, b, y, yo, n) -> l.multiply(a, b, y, yo, n),
          (l, a, b, y, yo, n) -> l.divide(a, b, y, yo, n));

  @Test
  void givesTheSameBitsWhereverAnElementStands() {
    float[] x = samples();
    for (Unary function : UNARIES) {
      float[] alone = new float[x.length];
      for (int i = 0; i < x.length; i++) {
        function.run(TWINS.getFirst(), x, i, alone, i, 1);
      }
      for (ElementwiseLoops loops : TWINS) {
        for (int length : LENGTHS) {
          float[] y = new float[length + 5];
          function.run(loops, x, 3, y, 2, length);
          assertThat(Arrays.copyOfRange(y, 2, 2 + length))
              .isEqualTo(Arrays.copyOfRange(alone, 3, 3 + length));
          assertThat(y[2 + length]).isZero();
        }
      }
    }
  }

  @Test
  void combinesRunsAndSingleElementsAlike() {
    float[] a = samples();
    float[] b = samples();
    reverse(b);
    for (Binary function : BINARIES) {
      for (int length : LENGTHS) {
        for (int strides = 0; strides < 4; strides++) {
          FloatRun left = new FloatRun(a, 2, strides & 1);
          FloatRun right = new FloatRun(b, 1, strides >> 1);
          float[] scalar = new float[length + 4];
          float[] simd = new float[length + 4];
          function.run(TWINS.getFirst(), left, right, scalar, 1, length);
          function.run(TWINS.getLast(), left, right, simd, 1, length);
          assertThat(simd).isEqualTo(scalar);
        }
      }
    }
  }

  @Test
  void staysWithinAMillionthOfDoubleArithmetic() {
    assertAccurate(UNARIES.get(2), Math::exp, -87, 88.7);
    assertAccurate(UNARIES.get(4), x -> 1 / (1 + Math.exp(-x)), -87, 40);
    assertAccurate(UNARIES.get(5), Math::tanh, -20, 20);
    assertAccurate(UNARIES.get(6), ErrorFunction::erf, -6, 6);
  }

  @Test
  void followsIeeeAtTheEnds() {
    float[] x = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e30f, -1e30f, 0};
    for (ElementwiseLoops loops : TWINS) {
      assertThat(run(loops::exp, x))
          .containsExactly(Float.NaN, Float.POSITIVE_INFINITY, 0, Float.POSITIVE_INFINITY, 0, 1);
      assertThat(run(loops::sigmoid, x)).containsExactly(Float.NaN, 1, 0, 1, 0, 0.5f);
      assertThat(run(loops::tanh, x)).containsExactly(Float.NaN, 1, -1, 1, -1, 0);
      assertThat(run(loops::erf, x)).containsExactly(Float.NaN, 1, -1, 1, -1, 0);
      assertThat(run((a, ao, b, bo, n) -> loops.clip(a, ao, b, bo, n, 0, 6), x))
          .containsExactly(Float.NaN, 6, 0, 6, 0, 0);
    }
  }

  private static float[] run(Elementwise.UnaryLoop loop, float[] x) {
    // Repeated, so that the vectors see every value, too.
    float[] many = new float[x.length * 16];
    for (int i = 0; i < many.length; i++) {
      many[i] = x[i / 16];
    }
    float[] y = new float[many.length];
    loop.run(many, 0, y, 0, many.length);
    float[] distinct = new float[x.length];
    for (int i = 0; i < many.length; i++) {
      assertThat(Float.floatToIntBits(y[i])).isEqualTo(Float.floatToIntBits(y[i / 16 * 16]));
      distinct[i / 16] = y[i];
    }
    return distinct;
  }

  private static void assertAccurate(
      Unary function, DoubleUnaryOperator truth, double from, double to) {
    int count = 200_000;
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = (float) (from + (to - from) * i / count);
    }
    float[] y = new float[count];
    function.run(TWINS.getLast(), x, 0, y, 0, count);
    double worst = 0;
    for (int i = 0; i < count; i++) {
      double expected = truth.applyAsDouble(x[i]);
      worst = Math.max(worst, Math.abs(y[i] - expected) / Math.max(Math.abs(expected), 1e-37));
    }
    assertThat(worst).isLessThan(1e-6);
  }

  private static float[] samples() {
    float[] samples = new float[5000];
    Random random = new Random(7);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(4) - 1));
    }
    return samples;
  }

  private static void reverse(float[] values) {
    for (int i = 0; i < values.length / 2; i++) {
      float other = values[values.length - 1 - i];
      values[values.length - 1 - i] = values[i];
      values[i] = other;
    }
  }
}
