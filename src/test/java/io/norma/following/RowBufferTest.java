package io.norma.following;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.TensorMetadata;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RowBufferTest {
  private static final List<TensorMetadata> INPUTS =
      List.of(new TensorMetadata("x", DataType.FP32, List.of(TensorMetadata.DYNAMIC, 2L)));

  @Test
  void putsRowsOfSeveralRequestsTogether() {
    RowBuffer buffer = new RowBuffer(INPUTS, 4);
    buffer.add(List.of(Tensor.of(Shape.of(1, 2), 1f, 2)), 1);
    buffer.add(
        List.of(Tensor.of(DataType.FP32, Shape.of(2, 2), new float[] {0, 3, 4, 5, 6}, 1)), 2);
    assertThat(buffer.rows()).isEqualTo(3);
    Tensor rows = buffer.request(1, 3).inputs().getFirst().tensor();
    assertThat(rows.shape()).isEqualTo(Shape.of(2, 2));
    assertThat(rows.toFloatArray()).containsExactly(3, 4, 5, 6);
  }

  @Test
  void takesNoMoreThanItHasRoomForAndNoneOfAnotherShape() {
    RowBuffer buffer = new RowBuffer(INPUTS, 2);
    buffer.add(List.of(Tensor.of(Shape.of(1, 2), 1f, 2)), 1);
    buffer.add(List.of(Tensor.of(Shape.of(1, 3), 7f, 8, 9)), 1);
    assertThat(buffer.rows()).isEqualTo(1);
    buffer.add(List.of(Tensor.of(Shape.of(2, 2), 3f, 4, 5, 6)), 2);
    assertThat(buffer.isFull()).isTrue();
    assertThat(buffer.request(0, 2).inputs().getFirst().tensor().toFloatArray())
        .containsExactly(1, 2, 3, 4);
  }

  @Test
  void isForRowsOfRealNumbersAlone() {
    assertThat(RowBuffer.takes(INPUTS)).isTrue();
    assertThat(
            RowBuffer.takes(
                List.of(
                    new TensorMetadata("x", DataType.INT64, List.of(TensorMetadata.DYNAMIC, 2L)))))
        .isFalse();
    assertThat(RowBuffer.takes(List.of(new TensorMetadata("x", DataType.FP32, List.of(1L, 2L)))))
        .isFalse();
  }
}
