package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;

import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class FoldTest {
  private static final Window WINDOW = Window.of(new int[0], new int[] {1}, new int[] {1, 0});

  @Test
  void addsUpOverlappingBlocks() {
    // Blocks of 2 over 3 elements and one of padding before: at −1, 0 and 1.
    Tensor x = Tensor.of(Shape.of(1, 2, 3), 1f, 2, 3, 10, 20, 30);
    assertThatLayer(new Fold(WINDOW), x, Tensor.of(Shape.of(1), 3L), Tensor.of(Shape.of(1), 2L))
        .gives(Tensor.of(Shape.of(1, 1, 3), 12f, 23, 30));
  }

  @Test
  void namesAWrongNumberOfPositions() {
    assertThatLayer(
            new Fold(WINDOW),
            random(1, 1, 2, 4),
            Tensor.of(Shape.of(1), 3L),
            Tensor.of(Shape.of(1), 2L))
        .refuses("expected 3 positions", "[1,2,4]");
  }
}
