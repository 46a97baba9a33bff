package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.support.SoftmaxAxis;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SoftmaxTest {
  @ParameterizedTest
  @CsvSource({"0, false", "1, false", "-1, false", "0, true", "1, true", "2, true", "3, true"})
  void agreesWithItsDefinition(int axis, boolean flattens) {
    Tensor x = random(1, 2, 3, 5);
    Tensor y = assertThatLayer(new Softmax(new SoftmaxAxis(axis, flattens)), x).output();
    Tensor logarithms =
        assertThatLayer(new LogSoftmax(new SoftmaxAxis(axis, flattens)), x).output();
    for (int e = 0; e < x.size(); e++) {
      double sum = 0;
      for (int other = 0; other < x.size(); other++) {
        sum += together(e, other, axis, flattens) ? Math.exp(x.getDouble(other)) : 0;
      }
      double expected = Math.exp(x.getDouble(e)) / sum;
      assertThat(y.getDouble(e)).isCloseTo(expected, within(1e-7));
      assertThat(logarithms.getDouble(e)).isCloseTo(Math.log(expected), within(1e-6));
    }
  }

  private static boolean together(int a, int b, int axis, boolean flattens) {
    int[] left = {a / 15, a / 5 % 3, a % 5};
    int[] right = {b / 15, b / 5 % 3, b % 5};
    for (int i = 0; i < 3; i++) {
      boolean free = flattens ? i >= axis : i == (axis + 3) % 3;
      if (!free && left[i] != right[i]) {
        return false;
      }
    }
    return true;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 16, 17, 1000})
  void agreesWithItsDefinitionOnRowsOfAnyLength(int length) {
    Tensor x = random(length, 3, length);
    x.floats()[length - 1] = Float.NEGATIVE_INFINITY;
    x.floats()[0] = 20;
    Tensor y = assertThatLayer(new Softmax(new SoftmaxAxis(-1, false)), x).output();
    for (int row = 0; row < 3; row++) {
      double sum = 0;
      for (int i = 0; i < length; i++) {
        sum += Math.exp(x.getDouble(row * length + i));
      }
      for (int i = 0; i < length; i++) {
        int at = row * length + i;
        double expected = Math.exp(x.getDouble(at)) / sum;
        // The difference from the largest is rounded to a float before its power is taken.
        double relative = 3e-7 + 6e-8 * Math.min(40, 20 - x.getDouble(at));
        assertThat(y.getDouble(at)).isCloseTo(expected, within(relative * expected + 1e-30));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 17, 256, 300, 513})
  void agreesWithItsDefinitionOnColumnsSideBySide(int columns) {
    int length = 5;
    Tensor x = random(columns, 2, length, columns);
    x.floats()[columns - 1] = Float.NEGATIVE_INFINITY;
    Tensor y = assertThatLayer(new Softmax(new SoftmaxAxis(1, false)), x).output();
    for (int e = 0; e < x.size(); e++) {
      int first = e / (length * columns) * length * columns + e % columns;
      double sum = 0;
      for (int i = 0; i < length; i++) {
        sum += Math.exp(x.getDouble(first + i * columns));
      }
      assertThat(y.getDouble(e)).isCloseTo(Math.exp(x.getDouble(e)) / sum, within(4e-7));
    }
  }

  @Test
  void ofNothingButMinusInfinityIsNaN() {
    float masked = Float.NEGATIVE_INFINITY;
    Tensor y =
        assertThatLayer(
                new Softmax(new SoftmaxAxis(-1, false)),
                Tensor.of(Shape.of(2, 2), masked, masked, masked, 1))
            .output();
    assertThat(y.toFloatArray()).containsExactly(Float.NaN, Float.NaN, 0, 1);
  }

  @Test
  void staysFiniteForGreatValues() {
    Tensor x = Tensor.of(Shape.of(1, 3), 1e30f, 1e30f, -1e30f);
    SoftmaxAxis axis = new SoftmaxAxis(-1, false);
    assertThatLayer(new Softmax(axis), x).gives(Tensor.of(Shape.of(1, 3), 0.5f, 0.5f, 0));
    assertThatLayer(new LogSoftmax(axis), Tensor.of(Shape.of(1, 2), 1000f, 0))
        .gives(Tensor.of(Shape.of(1, 2), 0f, -1000));
  }

  @Test
  void marksTheFirstOfEqualMaxima() {
    assertThatLayer(
            new Hardmax(new SoftmaxAxis(-1, false)), Tensor.of(Shape.of(2, 3), 1f, 3, 3, 2, 1, 0))
        .gives(Tensor.of(Shape.of(2, 3), 0f, 1, 0, 1, 0, 0));
  }

  @Test
  void namesAnAxisOutOfRange() {
    assertThatLayer(new Softmax(new SoftmaxAxis(2, false)), random(1, 2, 3))
        .refuses("axis 2", "[2,3]");
  }
}
