package io.norma.kernel.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NormalizationTwinsTest {
  private final SplittableRandom random = new SplittableRandom(3);

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 6, 8, 13, 16, 31, 32, 33, 47, 64, 65, 4098})
  void affineTwinsGiveTheSameBits(int length) {
    float[] x = normal(length + 5);
    float[] scalar = new float[length + 2];
    float[] simd = new float[length + 2];
    new ScalarCenteredAffineLoops().channel(x, 5, scalar, 2, length, 0.3f, 1e-9f, 2, -1);
    new SimdCenteredAffineLoops().channel(x, 5, simd, 2, length, 0.3f, 1e-9f, 2, -1);
    assertThat(simd).containsExactly(scalar);

    float[][] vectors = {normal(length), normal(length), normal(length), normal(length)};
    float[] rows = normal(3 * length + 9);
    float[] scalarRows = new float[3 * length + 9];
    float[] simdRows = new float[3 * length + 9];
    new ScalarCenteredAffineLoops().columns(rows, 1, scalarRows, 2, 3, length + 2, vectors);
    new SimdCenteredAffineLoops().columns(rows, 1, simdRows, 2, 3, length + 2, vectors);
    assertThat(simdRows).containsExactly(scalarRows);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 6, 8, 13, 16, 31, 32, 33, 47, 64, 65, 4098})
  void gradientTwinsAgree(int length) {
    float[] dy = normal(length + 1);
    float[] x = normal(length + 2);
    float[] k = {0.1f, 1e-9f, 2, 0.5f, 0.25f, -3};
    float[] scalar = new float[length + 3];
    float[] simd = new float[length + 3];
    new ScalarGradientLoops().channelGradient(dy, 1, x, 2, scalar, 3, length, k);
    new SimdGradientLoops().channelGradient(dy, 1, x, 2, simd, 3, length, k);
    assertThat(simd).containsExactly(scalar);
    assertThat(channelSums(new SimdGradientLoops(), dy, x, length))
        .containsExactly(
            channelSums(new ScalarGradientLoops(), dy, x, length), within(1e-6 * (9 + length)));

    float[][] vectors = new float[6][];
    for (int v = 0; v < vectors.length; v++) {
      vectors[v] = normal(length);
    }
    float[] dyRows = normal(100 * length);
    float[] xRows = normal(100 * length);
    float[] scalarRows = new float[100 * length];
    float[] simdRows = new float[100 * length];
    new ScalarGradientLoops()
        .columnGradient(dyRows, 0, xRows, 0, scalarRows, 0, 100, length, vectors);
    new SimdGradientLoops().columnGradient(dyRows, 0, xRows, 0, simdRows, 0, 100, length, vectors);
    assertThat(simdRows).containsExactly(scalarRows);
    double[][] scalarSums = new double[2][length];
    double[][] simdSums = new double[2][length];
    new ScalarGradientLoops()
        .columnSums(dyRows, 0, xRows, 0, 100, length, vectors, scalarSums[0], scalarSums[1]);
    new SimdGradientLoops()
        .columnSums(dyRows, 0, xRows, 0, 100, length, vectors, simdSums[0], simdSums[1]);
    assertThat(simdSums[0]).containsExactly(scalarSums[0], within(1e-4));
    assertThat(simdSums[1]).containsExactly(scalarSums[1], within(1e-3));
  }

  private static double[] channelSums(GradientLoops loops, float[] dy, float[] x, int length) {
    double[] gradient = new double[2];
    double[] product = new double[2];
    loops.channelSums(dy, 1, x, 2, length, 0.1f, 1e-9f, 2, gradient, product, 1);
    return new double[] {gradient[0], gradient[1], product[0], product[1]};
  }

  private float[] normal(int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
