package io.norma.kernel.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AffineLoopsTest {
  private static final int OFFSET = 3;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 7, 8, 15, 16, 17, 31, 33, 4098})
  void twinsGiveTheSameBitsForOneChannel(int length) {
    assumeThat(Simd.isAvailable()).as("the Vector API is on the module path").isTrue();
    float[] x = random(length + OFFSET);
    float[] scalar = new float[length + OFFSET];
    float[] simd = new float[length + OFFSET];
    new ScalarAffineLoops().channel(x, OFFSET, scalar, OFFSET, length, 1.7f, -0.3f);
    new SimdAffineLoops().channel(x, OFFSET, simd, OFFSET, length, 1.7f, -0.3f);
    assertThat(simd).isEqualTo(scalar);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 7, 8, 15, 16, 17, 31, 33, 4098})
  void twinsGiveTheSameBitsForAllChannels(int channels) {
    assumeThat(Simd.isAvailable()).as("the Vector API is on the module path").isTrue();
    float[] x = random(channels + OFFSET);
    float[] scale = random(channels);
    float[] shift = random(channels);
    float[] scalar = new float[channels + OFFSET];
    float[] simd = new float[channels + OFFSET];
    new ScalarAffineLoops().channels(x, OFFSET, scalar, OFFSET, scale, shift);
    new SimdAffineLoops().channels(x, OFFSET, simd, OFFSET, scale, shift);
    assertThat(simd).isEqualTo(scalar);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 17, 100})
  void scalesAndShifts(int length) {
    float[] x = random(length);
    float[] y = new float[length];
    AffineLoops.get().channel(x, 0, y, 0, length, 2.5f, 0.125f);
    for (int i = 0; i < length; i++) {
      assertThat(y[i]).isEqualTo((float) (2.5 * x[i] + 0.125));
    }
  }

  private static float[] random(int length) {
    Random random = new Random(length);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
