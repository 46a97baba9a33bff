package io.norma.kernel.compute.moments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.ChannelLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
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

  /** Columns of a matrix that the cache does not hold are taken in another order. */
  @Test
  void twinsAgreeOnLargeMatrices() {
    assertAgree(new ChannelLayout(6007, 48, 1));
    assertAgree(new ChannelLayout(1003, 301, 1));
  }

  /** Where the first value is no good pivot, a second pass takes the mean. */
  @ParameterizedTest
  @ValueSource(floats = {100, 90, 1e6f, -1e9f})
  void losesNothingToAFirstValueFarFromTheMean(float first) {
    for (ChannelLayout layout :
        List.of(new ChannelLayout(5, 40, 433), new ChannelLayout(5 * 433, 40, 1))) {
      float[] x = new float[3 + layout.outer() * layout.stride()];
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) (100 + 1e-2 * random.nextGaussian());
      }
      x[3] = first;
      double[] expected = firstChannel(x, layout);
      for (MomentLoops loops : List.of(new SimdMomentLoops(), new ScalarMomentLoops())) {
        double[][] actual = moments(loops, x, layout);
        assertThat(actual[0][0]).isCloseTo(expected[0], within(1e-13 * Math.abs(expected[0])));
        assertThat(actual[1][0]).isCloseTo(expected[1], within(1e-12 * expected[1]));
      }
    }
  }

  /** Mean and sum of squared deviations in two passes. */
  private static double[] firstChannel(float[] x, ChannelLayout layout) {
    double[] moments = new double[2];
    for (int pass = 0; pass < 2; pass++) {
      for (int o = 0; o < layout.outer(); o++) {
        for (int i = 0; i < layout.inner(); i++) {
          double value = x[3 + o * layout.stride() + i];
          moments[pass] +=
              pass == 0
                  ? value / layout.valuesPerChannel()
                  : (value - moments[0]) * (value - moments[0]);
        }
      }
    }
    return moments;
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
