package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.support.AutoPad;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class TransposedConvolutionTest {
  @ParameterizedTest
  @CsvSource({
    // channels in, channels out, groups, height, width, kernel, stride, dilation, pad, extra
    "3, 5, 1, 4, 6, 3, 2, 1, 1, 1",
    "4, 6, 2, 5, 3, 2, 2, 1, 0, 0",
    "6, 6, 6, 4, 4, 4, 2, 1, 1, 0",
    "2, 4, 1, 5, 5, 3, 1, 2, 2, 0",
    "40, 30, 1, 23, 24, 3, 1, 1, 0, 0",
  })
  void agreesWithItsDefinition(
      int in,
      int out,
      int groups,
      int height,
      int width,
      int kernel,
      int stride,
      int dilation,
      int pad,
      int extra) {
    Window window =
        new Window(
            AutoPad.NOTSET,
            new int[0],
            new int[] {stride, stride},
            new int[] {dilation, dilation},
            new int[] {pad, pad, pad, pad});
    TransposedConvolution layer =
        new TransposedConvolution(window, groups, new int[] {extra, extra}, new int[0]);
    Tensor x = random(1, 2, in, height, width);
    Tensor w = random(2, in, out / groups, kernel, kernel);
    Tensor b = random(3, out);
    int rows = (height - 1) * stride + extra + (kernel - 1) * dilation + 1 - 2 * pad;
    int columns = (width - 1) * stride + extra + (kernel - 1) * dilation + 1 - 2 * pad;
    double[] expected = new double[2 * out * rows * columns];
    for (int e = 0; e < expected.length; e++) {
      expected[e] = b.getDouble(e / (rows * columns) % out);
    }
    for (int e = 0; e < x.size(); e++) {
      int v = e % width;
      int h = e / width % height;
      int c = e / (width * height) % in;
      int n = e / (width * height * in);
      int group = c / (in / groups);
      for (int m = 0; m < out / groups; m++) {
        for (int t = 0; t < kernel * kernel; t++) {
          int row = h * stride - pad + t / kernel * dilation;
          int column = v * stride - pad + t % kernel * dilation;
          if (row >= 0 && row < rows && column >= 0 && column < columns) {
            int plane = n * out + group * (out / groups) + m;
            expected[(plane * rows + row) * columns + column] +=
                w.getDouble((c * (out / groups) + m) * kernel * kernel + t) * x.getDouble(e);
          }
        }
      }
    }
    Tensor y = assertThatLayer(layer, x, w, b).output();
    assertThat(y.shape()).isEqualTo(Shape.of(2, out, rows, columns));
    Tensor precise =
        assertThatLayer(
                layer,
                Tensor.of(x.shape(), x.toDoubleArray()),
                Tensor.of(w.shape(), w.toDoubleArray()),
                Tensor.of(b.shape(), b.toDoubleArray()))
            .output();
    for (int e = 0; e < expected.length; e++) {
      assertThat(y.getDouble(e)).isCloseTo(expected[e], within(1e-4));
      assertThat(precise.getDouble(e)).isCloseTo(expected[e], within(1e-10));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SAME_UPPER", "SAME_LOWER"})
  void dropsTheOddElementWhereTheSameModeSays(AutoPad autoPad) {
    Tensor x = Tensor.of(Shape.of(1, 1, 2), 1f, 2);
    Tensor w = Tensor.of(Shape.of(1, 1, 3), 1f, 1, 1);
    Window window = new Window(autoPad, new int[0], new int[] {2}, new int[0], new int[0]);
    float[] full = {1, 1, 3, 2, 2};
    int from = autoPad == AutoPad.SAME_UPPER ? 0 : 1;
    assertThatLayer(new TransposedConvolution(window, 1, new int[0], new int[0]), x, w)
        .gives(Tensor.of(Shape.of(1, 1, 4), Arrays.copyOfRange(full, from, from + 4)));
  }

  @Test
  void takesAnOutputShape() {
    Window window = new Window(AutoPad.NOTSET, new int[0], new int[] {2}, new int[0], new int[0]);
    assertThatLayer(
            new TransposedConvolution(window, 1, new int[0], new int[] {3}),
            Tensor.of(Shape.of(1, 1, 2), 1f, 2),
            Tensor.of(Shape.of(1, 1, 3), 1f, 1, 1))
        .gives(Tensor.of(Shape.of(1, 1, 3), 1f, 3, 2));
  }

  @Test
  void namesChannelsThatDoNotFit() {
    Window window = Window.of(new int[0], new int[0], new int[0]);
    assertThatLayer(
            new TransposedConvolution(window, 1, new int[0], new int[0]),
            random(1, 1, 3, 4),
            random(2, 2, 5, 3))
        .refuses("[2,5,3]", "2 channels", "[1,3,4]");
  }
}
