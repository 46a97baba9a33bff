package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class CenterCropPadTest {
  @Test
  void cropsAndPadsAboutTheCentre() {
    Tensor x = Tensor.of(Shape.of(2, 4), 1L, 2, 3, 4, 5, 6, 7, 8);
    assertThatLayer(new CenterCropPad(new int[] {-1}), x, Tensor.of(Shape.of(1), 1L))
        .gives(Tensor.of(Shape.of(2, 1), 2L, 6));
    assertThatLayer(new CenterCropPad(new int[0]), x, Tensor.of(Shape.of(2), 1L, 7))
        .gives(Tensor.of(Shape.of(1, 7), 0L, 1, 2, 3, 4, 0, 0));
  }
}
