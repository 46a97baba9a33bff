package io.norma.kernel.compute.tile;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.compute.Simd;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UnfusedTileTest {
  private static final int PIXELS = 17;
  private static final int[] TAPS = {0, 40, 7};

  private final Random random = new Random(5);

  @BeforeEach
  void computesOnVectorsAlone() {
    Assumptions.assumeTrue(Simd.isAvailable(), "tiles are made of vectors");
  }

  @ParameterizedTest
  @CsvSource({
    "16, 16, 16, 1",
    "16, 16, 16, 3",
    "32, 16, 16, 2",
    "32, 16, 16, 17",
    "16, 1, 1, 7",
    "32, 1, 1, 6",
    "32, 2, 1, 5"
  })
  void roundsProductsAndSums(int panel, int pixelStride, int depth, int pixels) {
    for (boolean continues : new boolean[] {false, true}) {
      PanelProduct product =
          new PanelProduct(
              values(PIXELS * pixelStride + 64),
              TAPS,
              values(2 + TAPS.length * depth * panel),
              values(3 + 2 * PIXELS * 16),
              PIXELS * 16);
      if (continues) {
        product.startFromOutput();
      }
      float[] expected = product.y.clone();
      for (int i = 0; i < pixels * panel; i++) {
        int pixel = i / panel;
        int channel = i % panel;
        int at = 3 + channel / 16 * product.yBlock + pixel * 16 + channel % 16;
        float sum = continues ? expected[at] : 0;
        for (int k = 0; k < TAPS.length * depth; k++) {
          int from = 1 + pixel * pixelStride + TAPS[k / depth] + k % depth;
          sum += product.x[from] * product.weights[2 + k * panel + channel];
        }
        expected[at] = sum;
      }
      UnfusedTile.accumulate(product, panel, pixelStride, depth, 1, 2, 3, pixels);
      assertThat(product.y).isEqualTo(expected);
    }
  }

  private float[] values(int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
