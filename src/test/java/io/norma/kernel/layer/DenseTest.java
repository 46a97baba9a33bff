package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DenseTest {
  @ParameterizedTest
  @CsvSource({
    "1, 7, 33, false, false", "1, 7, 33, false, true", "5, 300, 17, false, true",
    "5, 30, 17, true, false", "3, 4, 70, true, true", "1, 9, 5, true, true"
  })
  void agreesWithItsDefinition(int m, int k, int n, boolean transposeA, boolean transposeB) {
    Tensor a = transposeA ? random(1, k, m) : random(1, m, k);
    Tensor b = transposeB ? random(2, n, k) : random(2, k, n);
    Tensor c = random(3, n);
    Tensor expected = Tensor.zeros(DataType.FP32, Shape.of(m, n));
    double[] precise = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int p = 0; p < k; p++) {
          sum +=
              a.getDouble(transposeA ? p * m + i : i * k + p)
                  * b.getDouble(transposeB ? j * k + p : p * n + j);
        }
        precise[i * n + j] = 0.5 * sum + 2 * c.getDouble(j);
        expected.setDouble(i * n + j, precise[i * n + j]);
      }
    }
    Dense dense = new Dense(0.5f, 2, transposeA, transposeB);
    assertThatLayer(dense, a, b, c).givesWithin(2e-5, expected);
    assertThatLayer(
            dense,
            Tensor.of(a.shape(), a.toDoubleArray()),
            Tensor.of(b.shape(), b.toDoubleArray()),
            Tensor.of(c.shape(), c.toDoubleArray()))
        .givesWithin(1e-12, Tensor.of(Shape.of(m, n), precise));
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void aRowHasTheSameBitsInABatch(boolean transposeB) {
    Tensor row = random(1, 1, 65);
    Tensor batch = Tensor.zeros(DataType.FP32, Shape.of(33, 65));
    for (int i = 0; i < 33; i++) {
      System.arraycopy(row.floats(), 0, batch.floats(), i * 65, 65);
    }
    Tensor b = transposeB ? random(2, 10, 65) : random(2, 65, 10);
    Tensor c = random(3, 10);
    Dense dense = new Dense(1, 1, false, transposeB);
    float[] one = assertThatLayer(dense, row, b, c).output().floats();
    float[] all = assertThatLayer(dense, batch, b, c).output().floats();
    for (int i = 0; i < 33; i++) {
      assertThat(Arrays.copyOfRange(all, i * 10, (i + 1) * 10)).isEqualTo(one);
    }
  }

  @Test
  void broadcastsAColumn() {
    Tensor a = Tensor.of(Shape.of(2, 1), 1f, 2);
    Tensor b = Tensor.of(Shape.of(1, 2), 10f, 20);
    Tensor c = Tensor.of(Shape.of(2, 1), 1f, 2);
    assertThatLayer(new Dense(1, 1, false, false), a, b, c)
        .gives(Tensor.of(Shape.of(2, 2), 11f, 21, 22, 42));
  }

  @Test
  void namesFeaturesThatDoNotFit() {
    assertThatLayer(new Dense(1, 1, false, true), random(1, 2, 3), random(2, 5, 4))
        .refuses("weights for 3 features", "[5,4] (transposed)", "[2,3]");
  }
}
