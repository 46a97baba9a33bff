package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class MatMulTest {
  @Test
  void broadcastsStacksOfMatrices() {
    Tensor a = random(1, 2, 1, 3, 5);
    Tensor b = random(2, 4, 5, 7);
    assertThatLayer(new MatMul(), a, b).givesWithin(1e-5, definition(a, b, false));
  }

  @Test
  void sharesOneMatrixOnTheRight() {
    Tensor a = random(1, 2, 4, 3, 5);
    Tensor b = random(2, 5, 7);
    assertThatLayer(new MatMul(), a, b).givesWithin(1e-5, definition(a, b, true));
  }

  /** Of a (2, 1 or 4, 3, 5) and b (4 or none, 5, 7). */
  private static Tensor definition(Tensor a, Tensor b, boolean shared) {
    Tensor y = Tensor.zeros(DataType.FP32, Shape.of(2, 4, 3, 7));
    for (int e = 0; e < y.size(); e++) {
      int column = e % 7;
      int row = e / 7 % 3;
      int stack = e / 21 % 4;
      int outer = e / 84;
      double sum = 0;
      for (int p = 0; p < 5; p++) {
        int left = ((shared ? outer * 4 + stack : outer) * 3 + row) * 5 + p;
        int right = ((shared ? 0 : stack) * 5 + p) * 7 + column;
        sum += a.getDouble(left) * b.getDouble(right);
      }
      y.setDouble(e, sum);
    }
    return y;
  }

  @Test
  void takesVectorsAsRowsAndColumns() {
    Tensor vector = Tensor.of(Shape.of(2), 1f, 2);
    Tensor matrix = Tensor.of(Shape.of(2, 2), 1f, 2, 3, 4);
    assertThatLayer(new MatMul(), vector, matrix).gives(Tensor.of(Shape.of(2), 7f, 10));
    assertThatLayer(new MatMul(), matrix, vector).gives(Tensor.of(Shape.of(2), 5f, 11));
    assertThatLayer(new MatMul(), vector, vector).gives(Tensor.of(Shape.of(), 5f));
  }

  @Test
  void multipliesDoublesAndWholeNumbers() {
    assertThatLayer(
            new MatMul(), Tensor.of(Shape.of(1, 2), 1.0, 2), Tensor.of(Shape.of(2, 1), 3.0, 4))
        .gives(Tensor.of(Shape.of(1, 1), 11.0));
    assertThatLayer(
            new MatMul(), Tensor.of(Shape.of(1, 2), 1L, 2), Tensor.of(Shape.of(2, 1), 3L, 4))
        .gives(Tensor.of(Shape.of(1, 1), 11L));
  }

  @Test
  void namesShapesThatDoNotFit() {
    assertThatLayer(new MatMul(), random(1, 2, 3), random(2, 4, 5)).refuses("[2,3]", "[4,5]");
  }
}
