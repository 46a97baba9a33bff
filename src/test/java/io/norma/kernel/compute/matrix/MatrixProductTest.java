package io.norma.kernel.compute.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.norma.kernel.compute.Simd;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MatrixProductTest {
  private static final int OFFSET = 3;
  private static final int GAP = 2;

  @ParameterizedTest
  @CsvSource({
    "1,1,1",
    "1,33,7",
    "5,31,9",
    "6,32,16",
    "7,65,257",
    "13,17,3",
    "24,32,256",
    "25,100,300",
    "61,47,513",
    "3,1,1000",
    "100,1,5",
    "4,5,0",
    "30,40,0"
  })
  void twinsGiveTheSameBits(int m, int n, int k) {
    assumeThat(Simd.isAvailable()).as("the Vector API is on the module path").isTrue();
    for (boolean accumulate : new boolean[] {false, true}) {
      assertThat(multiply(new SimdMatrixProduct(), m, n, k, accumulate))
          .isEqualTo(multiply(new ScalarMatrixProduct(), m, n, k, accumulate));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1",
    "1,33,7",
    "5,31,9",
    "6,32,16",
    "7,65,257",
    "13,17,3",
    "23,8,252",
    "24,32,256",
    "25,100,300",
    "61,47,513",
    "3,1,1000",
    "100,1,5",
    "4,5,0"
  })
  void unfusedTwinRoundsProductsAndSums(int m, int n, int k) {
    assumeThat(Simd.isAvailable()).as("the Vector API is on the module path").isTrue();
    float[] a = random(OFFSET + m * (k + GAP), 1);
    float[] b = random(OFFSET + k * (n + GAP), 2);
    for (boolean accumulate : new boolean[] {false, true}) {
      float[] expected = random(OFFSET + m * (n + GAP), 3);
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          int at = OFFSET + i * (n + GAP) + j;
          float sum = accumulate ? expected[at] : 0;
          for (int p = 0; p < k; p++) {
            sum += a[OFFSET + i * (k + GAP) + p] * b[OFFSET + p * (n + GAP) + j];
          }
          expected[at] = sum;
        }
      }
      assertThat(multiply(new UnfusedMatrixProduct(), m, n, k, accumulate)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "3,5,7", "30,70,300"})
  void agreesWithDoubleArithmetic(int m, int n, int k) {
    float[] a = random(OFFSET + m * (k + GAP), 1);
    float[] b = random(OFFSET + k * (n + GAP), 2);
    float[] c = multiply(MatrixProduct.get(), m, n, k, true);
    float[] old = random(OFFSET + m * (n + GAP), 3);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        int at = OFFSET + i * (n + GAP) + j;
        double expected = old[at];
        for (int p = 0; p < k; p++) {
          expected += (double) a[OFFSET + i * (k + GAP) + p] * b[OFFSET + p * (n + GAP) + j];
        }
        assertThat((double) c[at]).isCloseTo(expected, within(1e-6 * (k + 10)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 6, 7, 23, 24, 25, 40})
  void aRowDoesNotDependOnTheRowsBesideIt(int m) {
    int n = 45;
    int k = 300;
    float[] many = multiply(MatrixProduct.get(), 41, n, k, false);
    float[] few = multiply(MatrixProduct.get(), m, n, k, false);
    int length = OFFSET + m * (n + GAP) - GAP;
    assertThat(Arrays.copyOf(few, length)).isEqualTo(Arrays.copyOf(many, length));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void leavesWhatLiesAroundTheResultAlone(boolean accumulate) {
    int m = 7;
    int n = 37;
    float[] c = multiply(MatrixProduct.get(), m, n, 11, accumulate);
    float[] before = random(c.length, 3);
    for (int i = 0; i < c.length; i++) {
      if (i < OFFSET || (i - OFFSET) % (n + GAP) >= n) {
        assertThat(c[i]).isEqualTo(before[i]);
      }
    }
  }

  private static float[] multiply(MatrixProduct product, int m, int n, int k, boolean accumulate) {
    float[] a = random(OFFSET + m * (k + GAP), 1);
    float[] b = random(OFFSET + k * (n + GAP), 2);
    float[] c = random(OFFSET + m * (n + GAP), 3);
    float[] panel = random(OFFSET + MatrixProduct.PANEL_LENGTH, 4);
    product.multiply(
        m,
        n,
        k,
        a,
        OFFSET,
        k + GAP,
        b,
        OFFSET,
        n + GAP,
        c,
        OFFSET,
        n + GAP,
        accumulate,
        panel,
        OFFSET);
    return c;
  }

  private static float[] random(int length, long seed) {
    Random random = new Random(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
