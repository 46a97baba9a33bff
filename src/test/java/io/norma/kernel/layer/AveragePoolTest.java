package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class AveragePoolTest {
  private static final Tensor X = Tensor.of(Shape.of(1, 1, 5), 1f, 2, 3, 4, 5);

  @Test
  void leavesPaddingOutOfTheCount() {
    assertThatLayer(pool(false, false), X).gives(Tensor.of(Shape.of(1, 1, 3), 1.5f, 3, 4.5f));
  }

  @Test
  void countsPaddingWhereAsked() {
    assertThatLayer(pool(false, true), X).gives(Tensor.of(Shape.of(1, 1, 3), 1f, 3, 3));
  }

  @Test
  void countsNothingBeyondThePadding() {
    Window window = Window.of(new int[] {3}, new int[] {3}, new int[] {0, 0});
    Tensor expected = Tensor.of(Shape.of(1, 1, 2), 2f, 4.5f);
    assertThatLayer(new AveragePool(window, true, true), X).gives(expected);
    assertThatLayer(new AveragePool(window, true, false), X).gives(expected);
  }

  @Test
  void leavesOutALastWindowThatWouldStartOnThePadding() {
    Window window = Window.of(new int[] {3}, new int[] {3}, new int[] {1, 1});
    Tensor x = Tensor.of(Shape.of(1, 1, 2), 3f, 6);
    assertThatLayer(new AveragePool(window, true, true), x).gives(Tensor.of(Shape.of(1, 1, 1), 3f));
  }

  @Test
  void averagesInDoubleWhereTheInputIs() {
    Tensor x = Tensor.of(Shape.of(1, 1, 2), 1e-12, 3e-12);
    Window window = Window.of(new int[] {2}, new int[0], new int[0]);
    assertThatLayer(new AveragePool(window, false, false), x)
        .gives(Tensor.of(Shape.of(1, 1, 1), 2e-12));
  }

  @Test
  void globalPoolsReduceEachPlane() {
    Tensor x = random(7, 2, 3, 5, 7);
    Tensor average = assertThatLayer(new GlobalAveragePool(), x).output();
    Tensor maximum = assertThatLayer(new GlobalMaxPool(), x).output();
    Tensor norm = assertThatLayer(new GlobalLpPool(3), x).output();
    assertThat(average.shape()).isEqualTo(Shape.of(2, 3, 1, 1));
    for (int plane = 0; plane < 6; plane++) {
      double sum = 0;
      double most = -1e9;
      double cubes = 0;
      for (int i = 0; i < 35; i++) {
        double value = x.getDouble(plane * 35 + i);
        sum += value;
        most = Math.max(most, value);
        cubes += Math.abs(value * value * value);
      }
      assertThat(average.getDouble(plane)).isCloseTo(sum / 35, within(1e-6));
      assertThat(maximum.getDouble(plane)).isEqualTo(most);
      assertThat(norm.getDouble(plane)).isCloseTo(Math.cbrt(cubes), within(1e-6));
    }
  }

  @Test
  void refusesToAverageNothing() {
    assertThatLayer(new GlobalAveragePool(), random(1, 2, 3, 0)).refuses("no elements", "[2,3,0]");
  }

  @Test
  void takesNormsOfWindows() {
    Window window = Window.of(new int[] {2}, new int[] {2}, new int[] {1, 0});
    assertThatLayer(new LpPool(window, false, 2), Tensor.of(Shape.of(1, 1, 3), -2f, 3, -4))
        .gives(Tensor.of(Shape.of(1, 1, 2), 2f, 5));
  }

  private static AveragePool pool(boolean ceil, boolean countsPadding) {
    return new AveragePool(
        Window.of(new int[] {3}, new int[] {2}, new int[] {1, 1}), ceil, countsPadding);
  }
}
