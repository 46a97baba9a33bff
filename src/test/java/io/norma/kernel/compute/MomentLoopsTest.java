package io.norma.kernel.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.ChannelLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MomentLoopsTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 63, 100, 196, 4095, 4096, 4097, 9000})
  void twinsAgree(int length) {
    assertAgree(new ChannelLayout(3, 2, length));
    assertAgree(new ChannelLayout(length, 3, 1));
    assertAgree(new ChannelLayout(3, length, 1));
    assertAgree(new ChannelLayout(130, 2, Math.min(length, 40)));
  }

  private static void assertAgree(ChannelLayout layout) {
    float[] x = new float[3 + layout.outer() * layout.stride()];
    SplittableRandom random = new SplittableRandom(x.length);
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (100 + random.nextGaussian());
    }
    double[][] simd = moments(new SimdMomentLoops(), x, layout);
    double[][] scalar = moments(new ScalarMomentLoops(), x, layout);
    assertThat(simd[0]).containsExactly(scalar[0], within(1e-10));
    for (int c = 0; c < layout.channels(); c++) {
      assertThat(simd[1][c]).isCloseTo(scalar[1][c], within(1e-12 * (1 + scalar[1][c])));
    }
  }

  private static double[][] moments(MomentLoops loops, float[] x, ChannelLayout layout) {
    double[] mean = new double[layout.channels()];
    double[] sum = new double[layout.channels()];
    loops.moments(x, 3, layout, mean, sum, 0);
    return new double[][] {mean, sum};
  }
}
