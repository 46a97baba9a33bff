package io.norma.kernel.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RunVariationTest {
  private static final int CHANNELS = 32;

  @Test
  void isNearOneForRowsInRandomOrder() {
    assertThat(variation(rows(256, false)).medianRatio()).isBetween(0.6, 1.6);
  }

  @Test
  void isFarAboveOneForRowsSortedByTheirSource() {
    assertThat(variation(rows(256, true)).medianRatio()).isGreaterThan(4);
  }

  @Test
  void isTheRatioOfFishersAnalysisOfVariance() {
    // Runs (0 … 7) and (10 … 17) of one channel: SS within 2·42, SS between 2·8·5².
    float[] values = new float[16];
    for (int i = 0; i < 16; i++) {
      values[i] = i < 8 ? i : i + 2;
    }
    Tensor x = Tensor.of(Shape.of(16, 1), values);
    double expected = (16 * 25 / 1.0) / (84 / 14.0);
    assertThat(RunVariation.empty(1).add(x).medianRatio()).isCloseTo(expected, within(1e-9));
  }

  @Test
  void mergesToTheSame() {
    float[] values = rows(64, true);
    Tensor first = Tensor.of(Shape.of(32, CHANNELS), Arrays.copyOf(values, 32 * CHANNELS));
    Tensor second =
        Tensor.of(Shape.of(32, CHANNELS), Arrays.copyOfRange(values, 32 * CHANNELS, values.length));
    RunVariation empty = RunVariation.empty(CHANNELS);
    assertThat(empty.add(first).merge(empty.add(second)).medianRatio())
        .isCloseTo(variation(values).medianRatio(), within(1e-9));
  }

  @Test
  void claimsNothingOfOneRun() {
    assertThat(variation(rows(8, true)).medianRatio()).isNaN();
  }

  private static RunVariation variation(float[] values) {
    Tensor x = Tensor.of(Shape.of(values.length / CHANNELS, CHANNELS), values);
    return RunVariation.empty(CHANNELS).add(x);
  }

  /**
   * Rows of four sources with means of their own, in random order or one source after the other.
   */
  private static float[] rows(int count, boolean sorted) {
    Random random = new Random(5);
    double[][] means = new double[4][CHANNELS];
    for (double[] mean : means) {
      Arrays.setAll(mean, c -> random.nextGaussian());
    }
    float[] values = new float[count * CHANNELS];
    for (int n = 0; n < count; n++) {
      int source = sorted ? 4 * n / count : random.nextInt(4);
      for (int c = 0; c < CHANNELS; c++) {
        values[n * CHANNELS + c] = (float) (means[source][c] + random.nextGaussian());
      }
    }
    return values;
  }
}
