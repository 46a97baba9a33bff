package io.norma.kernel.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TensorTest {
  @ParameterizedTest
  @EnumSource(DataType.class)
  void readsWhatWasWritten(DataType dataType) {
    Tensor tensor = Tensor.zeros(dataType, Shape.of(3));
    tensor.setLong(1, 1);
    assertThat(tensor.toLongArray()).containsExactly(0, 1, 0);
    assertThat(tensor.toDoubleArray()).containsExactly(0, 1, 0);
  }

  @Test
  void unsignedIntegersHaveNoSign() {
    assertThat(filledWithOnes(DataType.UINT8).getLong(0)).isEqualTo(255);
    assertThat(filledWithOnes(DataType.UINT16).getLong(0)).isEqualTo(65_535);
    assertThat(filledWithOnes(DataType.UINT32).getLong(0)).isEqualTo(4_294_967_295L);
    assertThat(filledWithOnes(DataType.UINT64).getDouble(0)).isEqualTo(0x1p64);
    assertThat(filledWithOnes(DataType.INT64).getDouble(0)).isEqualTo(-1);
  }

  private static Tensor filledWithOnes(DataType dataType) {
    Tensor tensor = Tensor.zeros(dataType, Shape.of());
    tensor.setLong(0, -1);
    return tensor;
  }

  @Test
  void largeIntegersStayExact() {
    long value = (1L << 53) + 1;
    assertThat(Tensor.of(Shape.of(1), value).getLong(0)).isEqualTo(value);
  }

  @Test
  void truthIsOneOrZero() {
    Tensor tensor = Tensor.of(Shape.of(2), true, false);
    assertThat(tensor.dataType()).isEqualTo(DataType.BOOL);
    tensor.setLong(1, 7);
    assertThat(tensor.toLongArray()).containsExactly(1, 1);
  }

  @Test
  void reshapeIsAView() {
    Tensor tensor = Tensor.of(Shape.of(2, 2), 1f, 2f, 3f, 4f);
    Tensor view = tensor.reshape(Shape.of(4));
    view.setDouble(3, 9);
    assertThat(tensor.getDouble(3)).isEqualTo(9);
  }

  @Test
  void viewStartsAtItsOffset() {
    Tensor view = Tensor.of(DataType.FP32, Shape.of(2), new float[] {1, 2, 3, 4}, 1);
    assertThat(view.toFloatArray()).containsExactly(2, 3);
    assertThat(view.copy().offset()).isZero();
    assertThat(view.copy().toFloatArray()).containsExactly(2, 3);
  }

  @Test
  void rejectsAnotherElementCount() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(Shape.of(2, 2), 1f, 2f, 3f))
        .withMessage("shape [2,2] needs 4 elements, but 3 were given");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.zeros(DataType.FP32, Shape.of(2, 2)).reshape(Shape.of(5)))
        .withMessageContaining("[2,2] (4 elements)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(DataType.FP32, Shape.of(2), new float[2], 1));
  }

  @Test
  void rejectsAnotherArrayType() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(DataType.FP32, Shape.of(1), new double[1], 0))
        .withMessageContaining("double[]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(Shape.of(1), 1L).floats())
        .withMessage("expected a tensor of FP32, got INT64");
  }
}
