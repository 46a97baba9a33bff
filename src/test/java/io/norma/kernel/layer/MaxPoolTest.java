package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.layer.support.AutoPad;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MaxPoolTest {
  @ParameterizedTest
  @CsvSource({
    // height, width, kernel, stride, dilation, pad, ceil
    "7, 9, 3, 2, 1, 1, false",
    "7, 9, 2, 2, 1, 0, true",
    "8, 5, 2, 3, 2, 1, true",
    "5, 5, 3, 1, 1, 1, false",
    "11, 4, 3, 3, 1, 1, true",
  })
  void agreesWithItsDefinition(
      int height, int width, int kernel, int stride, int dilation, int pad, boolean ceil) {
    Tensor x = random(1, 2, 3, height, width);
    Window window =
        new Window(
            AutoPad.NOTSET,
            new int[] {kernel, kernel},
            new int[] {stride, stride},
            new int[] {dilation, dilation},
            new int[] {pad, pad, pad, pad});
    List<Tensor> results = assertThatLayer(new MaxPool(window, ceil, true, false), x).outputs();
    Tensor plain = assertThatLayer(new MaxPool(window, ceil, false, false), x).output();
    Tensor y = results.getFirst();
    LayerAssert.assertSameBits(plain, y);
    int index = 0;
    for (int plane = 0; plane < 6; plane++) {
      for (int h = 0; h < y.shape().dimension(2); h++) {
        for (int v = 0; v < y.shape().dimension(3); v++) {
          int best = -1;
          for (int i = 0; i < kernel; i++) {
            for (int j = 0; j < kernel; j++) {
              int row = h * stride - pad + i * dilation;
              int column = v * stride - pad + j * dilation;
              int at = (plane * height + row) * width + column;
              if (row >= 0
                  && row < height
                  && column >= 0
                  && column < width
                  && (best < 0 || x.floats()[at] > x.floats()[best])) {
                best = at;
              }
            }
          }
          assertThat(y.floats()[index]).isEqualTo(x.floats()[best]);
          assertThat(results.get(1).longs()[index++]).isEqualTo(best);
        }
      }
    }
  }

  @Test
  void countsIndicesByColumnsWhereAsked() {
    Tensor x = Tensor.of(Shape.of(1, 1, 2, 3), 1f, 2, 9, 3, 4, 5);
    Window window = Window.of(new int[] {2, 3}, new int[0], new int[0]);
    List<Tensor> results = assertThatLayer(new MaxPool(window, false, true, true), x).outputs();
    assertThat(results.get(1).longs()).containsExactly(4);
  }

  @Test
  void aNanWinsItsWindowAlone() {
    Tensor x = Tensor.of(Shape.of(1, 1, 4), 1f, Float.NaN, 3, 4);
    Window window = Window.of(new int[] {2}, new int[] {2}, new int[0]);
    Tensor y = assertThatLayer(new MaxPool(window, false, false, false), x).output();
    assertThat(y.floats()).containsExactly(Float.NaN, 4);
  }

  @Test
  void poolsUnsignedBytes() {
    Tensor x = Tensor.of(DataType.UINT8, Shape.of(1, 1, 3), new byte[] {1, (byte) 200, 7}, 0);
    Window window = Window.of(new int[] {2}, new int[0], new int[0]);
    Tensor y = assertThatLayer(new MaxPool(window, false, false, false), x).output();
    assertThat(y.toLongArray()).containsExactly(200, 200);
  }

  @Test
  void needsAKernel() {
    Window window = Window.of(new int[0], new int[0], new int[0]);
    assertThatThrownBy(() -> new MaxPool(window, false, false, false))
        .hasMessageContaining("kernel_shape");
  }

  @Test
  void namesAKernelOfTheWrongRank() {
    Window window = Window.of(new int[] {2}, new int[0], new int[0]);
    assertThatLayer(new MaxPool(window, false, false, false), random(1, 1, 1, 4, 4))
        .refuses("kernel of 2 extents", "[1,1,4,4]", "[2]");
  }
}
