package io.norma.kernel.layer;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Inputs that no exporter writes are refused in words, as others are that do not fit. */
final class OddInputsTest {
  private static final Tensor NOTHING = Tensor.zeros(DataType.INT64, Shape.of(0));

  private static void assertRefuses(Layer layer, String reason, Tensor... inputs) {
    assertThatThrownBy(() -> layer.forward(Inputs.of(inputs), Memory.heap()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void rejectsScalarsWithoutAnElement() {
    Tensor x = Tensor.zeros(DataType.FP32, Shape.of(2, 2));

    assertRefuses(new Trilu(true), "expected one element as input 1", x, NOTHING);
    assertRefuses(new Dropout(false, true), "expected one element as input 1", x, NOTHING);
    assertRefuses(
        new Dropout(false, true),
        "expected one element as input 2",
        x,
        Tensor.of(Shape.of(), 0.5f),
        NOTHING);
  }

  @Test
  void rejectsListsWithoutAnInput() {
    assertRefuses(new Concat(0), "expected one input or more");
    assertRefuses(new Einsum("->"), "expected one input or more");
  }

  @Test
  void rejectsPositionsThatAreNotOnePerSample() {
    Tensor cache = Tensor.zeros(DataType.FP32, Shape.of(2, 4, 3));
    Tensor updates = Tensor.zeros(DataType.FP32, Shape.of(2, 1, 3));

    assertRefuses(
        new TensorScatter(1, false), "expected one position per sample", cache, updates, NOTHING);
  }
}
