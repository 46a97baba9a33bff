package io.norma.kernel.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.support.AutoPad;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ConvolutionTest {
  @ParameterizedTest
  @CsvSource({
    // n, c, m, groups, height, width, kernel, stride, dilation, before, after
    "1, 3, 5, 1, 7, 9, 3, 1, 1, 1, 1",
    "2, 4, 6, 2, 9, 5, 3, 2, 1, 1, 0",
    "2, 4, 4, 4, 8, 8, 3, 2, 1, 1, 1",
    "1, 3, 9, 3, 11, 6, 3, 1, 2, 2, 3",
    "3, 6, 7, 1, 5, 5, 1, 1, 1, 0, 0",
    "1, 6, 2, 2, 6, 7, 1, 2, 1, 0, 0",
    "2, 3, 64, 1, 40, 37, 7, 2, 1, 3, 3",
    "1, 70, 30, 1, 40, 41, 3, 1, 1, 1, 1",
  })
  void agreesWithItsDefinition(
      int n,
      int c,
      int m,
      int groups,
      int height,
      int width,
      int kernel,
      int stride,
      int dilation,
      int before,
      int after) {
    Window window =
        new Window(
            AutoPad.NOTSET,
            new int[0],
            new int[] {stride, stride},
            new int[] {dilation, dilation},
            new int[] {before, before, after, after});
    Tensor x = random(Shape.of(n, c, height, width), 1);
    Tensor w = random(Shape.of(m, c / groups, kernel, kernel), 2);
    Tensor b = random(Shape.of(m), 3);
    Convolution convolution = new Convolution(window, groups);
    Tensor y = convolution.forward(Inputs.of(x, w, b), dirty()).getFirst();
    double[] expected = definition(x, w, b, groups, stride, dilation, before, y.shape());
    assertClose(y, expected);
    Tensor precise =
        convolution.forward(Inputs.of(toFp64(x), toFp64(w), toFp64(b)), dirty()).getFirst();
    assertThat(precise.dataType()).isEqualTo(DataType.FP64);
    for (int i = 0; i < expected.length; i++) {
      assertThat(precise.getDouble(i)).isCloseTo(expected[i], within(1e-12));
    }
  }

  @Test
  void aRowHasTheSameBitsInABatch() {
    Tensor x = random(Shape.of(1, 5, 9, 9), 1);
    Tensor w = random(Shape.of(7, 5, 3, 3), 2);
    Tensor batch = Tensor.zeros(DataType.FP32, Shape.of(33, 5, 9, 9));
    for (int n = 0; n < 33; n++) {
      System.arraycopy(x.floats(), 0, batch.floats(), n * x.size(), x.size());
    }
    Convolution convolution = new Convolution(window(AutoPad.SAME_UPPER), 1);
    float[] one = convolution.forward(Inputs.of(x, w), Memory.heap()).getFirst().floats();
    float[] all = convolution.forward(Inputs.of(batch, w), Memory.heap()).getFirst().floats();
    for (int n = 0; n < 33; n++) {
      assertThat(Arrays.copyOfRange(all, n * one.length, (n + 1) * one.length)).isEqualTo(one);
    }
  }

  @Test
  void slidesOverOneAxis() {
    Tensor x = Tensor.of(Shape.of(1, 1, 5), 1f, 2, 3, 4, 5);
    Tensor w = Tensor.of(Shape.of(1, 1, 3), 1f, 0, -1);
    Convolution convolution =
        new Convolution(Window.of(new int[] {3}, new int[] {2}, new int[] {1, 1}), 1);
    Tensor y = convolution.forward(Inputs.of(x, w), Memory.heap()).getFirst();
    assertThat(y.shape()).isEqualTo(Shape.of(1, 1, 3));
    assertThat(y.floats()).containsExactly(-2, -2, 4);
  }

  @Test
  void slidesOverThreeAxes() {
    Tensor x = random(Shape.of(1, 2, 3, 4, 5), 1);
    Tensor w = Tensor.of(Shape.of(1, 2, 2, 2, 2), new float[16]);
    Arrays.fill(w.floats(), 1);
    Tensor y =
        new Convolution(window(AutoPad.VALID), 1).forward(Inputs.of(x, w), dirty()).getFirst();
    assertThat(y.shape()).isEqualTo(Shape.of(1, 1, 2, 3, 4));
    double sum = 0;
    for (int c = 0; c < 2; c++) {
      for (int d = 1; d < 3; d++) {
        for (int h = 2; h < 4; h++) {
          for (int v = 3; v < 5; v++) {
            sum += x.getDouble(((c * 3 + d) * 4 + h) * 5 + v);
          }
        }
      }
    }
    assertThat(y.getDouble(23)).isCloseTo(sum, within(1e-5));
  }

  @ParameterizedTest
  @EnumSource(names = {"SAME_UPPER", "SAME_LOWER"})
  void putsAnOddElementOfPaddingWhereTheSameModeSays(AutoPad autoPad) {
    Tensor x = Tensor.of(Shape.of(1, 1, 5), 1f, 2, 3, 4, 5);
    Tensor w = Tensor.of(Shape.of(1, 1, 4), 1f, 1, 1, 1);
    Tensor y =
        new Convolution(new Window(autoPad, new int[0], new int[] {1}, new int[0], new int[0]), 1)
            .forward(Inputs.of(x, w), Memory.heap())
            .getFirst();
    assertThat(y.shape()).isEqualTo(Shape.of(1, 1, 5));
    float[] upper = {6, 10, 14, 12, 9};
    float[] lower = {3, 6, 10, 14, 12};
    assertThat(y.floats()).containsExactly(autoPad == AutoPad.SAME_UPPER ? upper : lower);
  }

  @Test
  void namesChannelsThatDoNotFit() {
    Tensor x = random(Shape.of(1, 3, 4, 4), 1);
    Tensor w = random(Shape.of(2, 4, 3, 3), 2);
    assertThatThrownBy(
            () -> new Convolution(window(AutoPad.VALID), 1).forward(Inputs.of(x, w), Memory.heap()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[2,4,3,3]")
        .hasMessageContaining("4 channels")
        .hasMessageContaining("[1,3,4,4]");
  }

  @Test
  void namesAWindowThatDoesNotFit() {
    Tensor x = random(Shape.of(1, 1, 2, 9), 1);
    Tensor w = random(Shape.of(1, 1, 3, 3), 2);
    assertThatThrownBy(
            () -> new Convolution(window(AutoPad.VALID), 1).forward(Inputs.of(x, w), Memory.heap()))
        .hasMessageContaining("extent 3 does not fit axis 2 of shape [1,1,2,9]");
  }

  private static Window window(AutoPad autoPad) {
    return new Window(autoPad, new int[0], new int[0], new int[0], new int[0]);
  }

  private static double[] definition(
      Tensor x, Tensor w, Tensor b, int groups, int stride, int dilation, int before, Shape y) {
    double[] expected = new double[y.size()];
    int m = y.dimension(1);
    int perGroup = w.shape().dimension(1);
    int kernel = w.shape().dimension(2);
    int at = 0;
    for (int n = 0; n < y.dimension(0); n++) {
      for (int o = 0; o < m; o++) {
        for (int h = 0; h < y.dimension(2); h++) {
          for (int v = 0; v < y.dimension(3); v++) {
            double sum = b.getDouble(o);
            for (int c = 0; c < perGroup; c++) {
              int channel = o / (m / groups) * perGroup + c;
              for (int i = 0; i < kernel; i++) {
                for (int j = 0; j < kernel; j++) {
                  int row = h * stride - before + i * dilation;
                  int column = v * stride - before + j * dilation;
                  if (row >= 0
                      && row < x.shape().dimension(2)
                      && column >= 0
                      && column < x.shape().dimension(3)) {
                    int plane = n * x.shape().dimension(1) + channel;
                    sum +=
                        w.getDouble(((o * perGroup + c) * kernel + i) * kernel + j)
                            * x.getDouble(
                                (plane * x.shape().dimension(2) + row) * x.shape().dimension(3)
                                    + column);
                  }
                }
              }
            }
            expected[at++] = sum;
          }
        }
      }
    }
    return expected;
  }

  private static void assertClose(Tensor actual, double[] expected) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual.getDouble(i)).isCloseTo(expected[i], within(2e-6 * largest));
    }
  }

  /** Memory as a workspace gives it: whatever was there before. */
  private static Memory dirty() {
    return (dataType, shape) -> {
      Tensor tensor = Tensor.zeros(dataType, shape);
      for (int i = 0; i < tensor.size(); i++) {
        tensor.setDouble(i, dataType.isFloatingPoint() ? Double.NaN : -77);
      }
      return tensor;
    };
  }

  private static Tensor toFp64(Tensor x) {
    return Tensor.of(x.shape(), x.toDoubleArray());
  }

  private static Tensor random(Shape shape, long seed) {
    Random random = new Random(seed);
    Tensor tensor = Tensor.zeros(DataType.FP32, shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.floats()[i] = (float) random.nextGaussian();
    }
    return tensor;
  }
}
