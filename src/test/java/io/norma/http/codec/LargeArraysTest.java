package io.norma.http.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class LargeArraysTest {
  private static final Shape LARGE = Shape.of(512, 512);

  private final LargeArrays arrays = new LargeArrays();

  @Test
  void givesALargeArrayOutAgain() {
    Tensor first = arrays.take(DataType.FP32, LARGE);
    arrays.give(first);
    Tensor second = arrays.take(DataType.FP32, Shape.of(256, 1024));
    assertThat(second.floats()).isSameAs(first.floats());
    assertThat(second.shape()).isEqualTo(Shape.of(256, 1024));
  }

  @Test
  void givesAnArrayToOneAlone() {
    Tensor first = arrays.take(DataType.FP32, LARGE);
    arrays.give(first);
    arrays.give(first);
    Tensor second = arrays.take(DataType.FP32, LARGE);
    Tensor third = arrays.take(DataType.FP32, LARGE);
    assertThat(third.floats()).isNotSameAs(second.floats());
  }

  @Test
  void givesNoArrayOfAnotherSize() {
    arrays.give(arrays.take(DataType.FP32, LARGE));
    assertThat(arrays.take(DataType.FP32, Shape.of(512, 513)).floats()).hasSize(512 * 513);
  }

  @Test
  void keepsNoSmallArrays() {
    Tensor small = arrays.take(DataType.FP32, Shape.of(10));
    arrays.give(small);
    assertThat(arrays.take(DataType.FP32, Shape.of(10)).floats()).isNotSameAs(small.floats());
  }

  @Test
  void forgetsTheOldestOfMany() {
    Tensor oldest = arrays.take(DataType.FP32, LARGE);
    arrays.give(oldest);
    for (int i = 1; i <= 4; i++) {
      arrays.give(Tensor.zeros(DataType.FP32, Shape.of(512, 512 + i)));
    }
    assertThat(arrays.take(DataType.FP32, LARGE).floats()).isNotSameAs(oldest.floats());
  }

  @Test
  void takesOtherTypesAsTheyAre() {
    Tensor doubles = arrays.take(DataType.FP64, LARGE);
    arrays.give(doubles);
    assertThat(arrays.take(DataType.FP64, LARGE).doubles()).isNotSameAs(doubles.doubles());
  }
}
