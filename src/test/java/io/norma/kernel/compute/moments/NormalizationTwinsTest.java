package io.norma.kernel.compute.moments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.ChannelLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NormalizationTwinsTest {
  private final SplittableRandom random = new SplittableRandom(3);

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 6, 8, 13, 16, 31, 32, 33, 47, 64, 65, 4098})
  void affineTwinsGiveTheSameBits(int length) {
    ChannelLayout runs = new ChannelLayout(2, 3, length, 3 * length + 1);
    float[] x = normal(2 * runs.stride() + 5);
    float[] scalar = new float[2 * runs.stride() + 2];
    float[] simd = new float[2 * runs.stride() + 2];
    float[][] vectors = {normal(3), normal(3), normal(3)};
    new ScalarCenteredAffineLoops().runs(x, 5, scalar, 2, runs, vectors);
    new SimdCenteredAffineLoops().runs(x, 5, simd, 2, runs, vectors);
    assertThat(simd).containsExactly(scalar);

    float[][] columns = {normal(length), normal(length), normal(length)};
    float[] rows = normal(71 * (length + 2));
    float[] scalarRows = new float[71 * (length + 2)];
    float[] simdRows = new float[71 * (length + 2)];
    new ScalarCenteredAffineLoops()
        .columns(rows, 1, scalarRows, 2, 71, length + 2, length, columns);
    new SimdCenteredAffineLoops().columns(rows, 1, simdRows, 2, 71, length + 2, length, columns);
    assertThat(simdRows).containsExactly(scalarRows);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 6, 8, 13, 16, 31, 32, 33, 47, 64, 65, 4098})
  void gradientTwinsGiveTheSameBits(int length) {
    ChannelLayout runs = new ChannelLayout(2, 3, length, 3 * length + 1);
    float[] dy = normal(2 * runs.stride() + 1);
    float[] x = normal(2 * runs.stride() + 2);
    float[] scalar = new float[2 * runs.stride() + 3];
    float[] simd = new float[2 * runs.stride() + 3];
    float[][] vectors = {normal(3), normal(3), normal(3), normal(3)};
    new ScalarGradientLoops().runGradient(dy, 1, x, 2, scalar, 3, runs, vectors);
    new SimdGradientLoops().runGradient(dy, 1, x, 2, simd, 3, runs, vectors);
    assertThat(simd).containsExactly(scalar);

    float[][] columns = {normal(length), normal(length), normal(length), normal(length)};
    float[] dyRows = normal(100 * length);
    float[] xRows = normal(100 * length);
    float[] scalarRows = new float[100 * length];
    float[] simdRows = new float[100 * length];
    new ScalarGradientLoops()
        .columnGradient(dyRows, 0, xRows, 0, scalarRows, 0, 100, length, length, columns);
    new SimdGradientLoops()
        .columnGradient(dyRows, 0, xRows, 0, simdRows, 0, 100, length, length, columns);
    assertThat(simdRows).containsExactly(scalarRows);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 6, 8, 13, 16, 31, 32, 33, 47, 64, 65, 4098})
  void gradientTwinsAddUpToTheSame(int length) {
    ChannelLayout runs = new ChannelLayout(70, 3, length, 3 * length + 1);
    float[] dy = normal(70 * runs.stride() + 1);
    float[] x = normal(70 * runs.stride() + 2);
    float[] center = {0.1f, -1, 3};
    double[][] scalar = new double[2][3];
    double[][] simd = new double[2][3];
    new ScalarGradientLoops().runSums(dy, 1, x, 2, runs, center, scalar[0], scalar[1]);
    new SimdGradientLoops().runSums(dy, 1, x, 2, runs, center, simd[0], simd[1]);
    assertThat(simd[0]).containsExactly(scalar[0], within(1e-6 * (9 + 70 * length)));
    assertThat(simd[1]).containsExactly(scalar[1], within(1e-6 * (9 + 70 * length)));

    float[] centers = normal(length);
    double[][] scalarSums = new double[2][length];
    double[][] simdSums = new double[2][length];
    int stride = length + 1;
    new ScalarGradientLoops()
        .columnSums(dy, 1, x, 2, 100, stride, length, centers, scalarSums[0], scalarSums[1]);
    new SimdGradientLoops()
        .columnSums(dy, 1, x, 2, 100, stride, length, centers, simdSums[0], simdSums[1]);
    assertThat(simdSums[0]).containsExactly(scalarSums[0], within(1e-4));
    assertThat(simdSums[1]).containsExactly(scalarSums[1], within(1e-3));
  }

  /** Rows of a batch that no cache holds are taken several at a time. */
  @ParameterizedTest
  @CsvSource({"7, 2, 160003", "2051, 16, 65", "2050, 8, 128"})
  void gradientTwinsAddUpToTheSameInLargeBatches(int rows, int channels, int length) {
    ChannelLayout layout = new ChannelLayout(rows, channels, length, channels * length + 1);
    float[] dy = normal(rows * layout.stride() + 1);
    float[] x = normal(rows * layout.stride() + 2);
    float[] center = normal(channels);
    double[][] scalar = new double[2][channels];
    double[][] simd = new double[2][channels];
    new ScalarGradientLoops().runSums(dy, 1, x, 2, layout, center, scalar[0], scalar[1]);
    new SimdGradientLoops().runSums(dy, 1, x, 2, layout, center, simd[0], simd[1]);
    assertThat(simd[0]).containsExactly(scalar[0], within(1e-7 * rows * length));
    assertThat(simd[1]).containsExactly(scalar[1], within(1e-7 * rows * length));
  }

  private float[] normal(int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
