package io.norma.kernel.normalization;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class LpNormalizationTest {
  @Test
  void dividesByTheNormAndLeavesZerosZero() {
    Tensor x = Tensor.of(Shape.of(2, 2), 3f, 0, -4, 0);
    assertThatLayer(new LpNormalization(0, 2), x)
        .givesWithin(1e-7, Tensor.of(Shape.of(2, 2), 0.6f, 0, -0.8f, 0));
    assertThatLayer(new LpNormalization(0, 1), x)
        .givesWithin(1e-7, Tensor.of(Shape.of(2, 2), 3 / 7f, 0, -4 / 7f, 0));
  }
}
