package io.norma.kernel.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.layer.support.AutoPad;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products of integers, against their definition in 64 bits. */
final class IntegerProductsTest {
  private static final Memory HEAP = Memory.heap();
  private static final Convolution PADDED =
      new Convolution(
          new Window(
              AutoPad.NOTSET, new int[0], new int[] {2, 1}, new int[0], new int[] {1, 1, 1, 1}),
          1);

  private final Random random = new Random(3);

  private Tensor random(DataType type, int... shape) {
    Tensor tensor = Tensor.zeros(type, Shape.of(shape));
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setLong(i, random.nextInt(256));
    }
    return tensor;
  }

  private static Tensor scalar(DataType type, long value) {
    Tensor tensor = Tensor.zeros(type, Shape.of());
    tensor.setLong(0, value);
    return tensor;
  }

  /** From 7 summed products, which FP32 has exactly, to so many that it has not: all above 0. */
  @ParameterizedTest
  @ValueSource(ints = {7, 250, 600, 3000})
  void multipliesExactlyHoweverMuchIsSummed(int inner) {
    Tensor a = random(DataType.UINT8, 5, inner);
    Tensor b = random(DataType.UINT8, inner, 6);
    Tensor zero = scalar(DataType.UINT8, 3);

    Tensor y = new IntegerMatMul().forward(Inputs.of(a, b, zero), HEAP).getFirst();

    assertThat(y.dataType()).isEqualTo(DataType.INT32);
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < 6; j++) {
        long sum = 0;
        for (int k = 0; k < inner; k++) {
          sum += (a.getLong(i * inner + k) - 3) * b.getLong(k * 6 + j);
        }
        assertThat(y.getLong(i * 6 + j)).isEqualTo(sum);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 40, 300})
  void convolvesExactlyWithPaddingThatIsTheZeroPoint(int channels) {
    Tensor x = random(DataType.INT8, 1, channels, 4, 5);
    Tensor w = random(DataType.UINT8, 3, channels, 3, 3);
    Tensor wZero = Tensor.zeros(DataType.UINT8, Shape.of(3));
    wZero.setLong(1, 5);

    Tensor y =
        new IntegerConvolution(PADDED)
            .forward(Inputs.of(x, w, scalar(DataType.INT8, -128), wZero), HEAP)
            .getFirst();

    assertThat(y.shape()).isEqualTo(Shape.of(1, 3, 2, 5));
    for (int o = 0; o < y.size(); o++) {
      int m = o / 10;
      int row = o / 5 % 2 * 2 - 1;
      int column = o % 5 - 1;
      long sum = 0;
      for (int t = 0; t < channels * 9; t++) {
        int c = t / 9;
        int r = row + t / 3 % 3;
        int s = column + t % 3;
        if (r >= 0 && r < 4 && s >= 0 && s < 5) {
          sum +=
              (x.getLong((c * 4 + r) * 5 + s) + 128)
                  * (w.getLong(m * channels * 9 + t) - wZero.getLong(m));
        }
      }
      assertThat(y.getLong(o)).isEqualTo(sum);
    }
  }

  @Test
  void refusesOperandsAndZeroPointsThatDoNotFit() {
    Tensor bytes = random(DataType.UINT8, 2, 2);
    Tensor longs = Tensor.of(Shape.of(2, 2), 1L, 2, 3, 4);

    assertThatThrownBy(() -> new IntegerMatMul().forward(Inputs.of(bytes, longs), HEAP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("INT8", "UINT8", "INT64");
    assertThatThrownBy(() ->
            new IntegerMatMul().forward(Inputs.of(bytes, bytes, scalar(DataType.INT8, 1)), HEAP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("UINT8", "INT8");
    assertThatThrownBy(() ->
            new IntegerMatMul()
                .forward(Inputs.of(bytes, bytes, null, random(DataType.UINT8, 3)), HEAP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("[2,2]", "[3]");
    assertThatThrownBy(() ->
            new IntegerConvolution(PADDED)
                .forward(
                    Inputs.of(
                        random(DataType.UINT8, 1, 1, 3, 3),
                        random(DataType.UINT8, 2, 1, 3, 3),
                        null,
                        random(DataType.UINT8, 3)),
                    HEAP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one for each of 2 output channels");
  }
}
