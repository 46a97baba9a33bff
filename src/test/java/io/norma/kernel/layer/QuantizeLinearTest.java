package io.norma.kernel.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What the cases of the operators do not show. */
final class QuantizeLinearTest {
  private static final Memory HEAP = Memory.heap();
  private static final Tensor X = Tensor.of(Shape.of(2, 3), 1f, 2, 3, 4, 5, 6);
  private static final Tensor SCALE = Tensor.of(Shape.of(), 0.5f);

  @Test
  void saturatesInfinitiesAndTakesNoNumberForTheZeroPoint() {
    Tensor x = Tensor.of(Shape.of(3), Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN);
    Tensor zero = Tensor.of(DataType.UINT8, Shape.of(), new byte[] {9}, 0);

    Tensor y = new QuantizeLinear(1, 0, null).forward(Inputs.of(x, SCALE, zero), HEAP).getFirst();

    assertThat(y.toLongArray()).startsWith(255, 0);
  }

  @Test
  void refusesScalesThatDoNotFit() {
    Tensor two = Tensor.of(Shape.of(2), 1f, 2);
    Tensor blocks = Tensor.of(Shape.of(2, 3), 1f, 1, 1, 1, 1, 1);

    assertThatThrownBy(() -> new QuantizeLinear(1, 0, null).forward(Inputs.of(X, two), HEAP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("3 for axis 1", "[2,3]", "[2]");
    assertThatThrownBy(() -> new QuantizeLinear(1, 2, null).forward(Inputs.of(X, blocks), HEAP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("[2,2]", "blocks of 2 along axis 1", "[2,3]");
    assertThatThrownBy(() -> new QuantizeLinear(1, -1, null).forward(Inputs.of(X, blocks), HEAP))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new DequantizeLinear(2, 0).forward(Inputs.of(X, SCALE), HEAP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("INT8", "FP32");
  }

  @Test
  void refusesTypesThatContradictEachOther() {
    Tensor zero = Tensor.of(DataType.UINT8, Shape.of(), new byte[] {9}, 0);
    Tensor zeros = Tensor.of(DataType.UINT8, Shape.of(2), new byte[2], 0);

    assertThatThrownBy(
            () -> new QuantizeLinear(1, 0, DataType.INT8).forward(Inputs.of(X, SCALE, zero), HEAP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("output_dtype", "INT8", "UINT8");
    assertThatThrownBy(
            () -> new QuantizeLinear(1, 0, null).forward(Inputs.of(X, SCALE, zeros), HEAP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("as many zero points as scales");
  }
}
