package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MaxUnpoolTest {
  private static final Window WINDOW = Window.of(new int[] {2, 2}, new int[] {2, 2}, new int[0]);

  @Test
  void putsMaximaBackWhereTheyStood() {
    Tensor x = random(1, 2, 3, 4, 6);
    List<Tensor> pooled = assertThatLayer(new MaxPool(WINDOW, false, true, false), x).outputs();
    Tensor y = assertThatLayer(new MaxUnpool(WINDOW), pooled.get(0), pooled.get(1)).output();
    assertThat(y.shape()).isEqualTo(x.shape());
    int kept = 0;
    for (int i = 0; i < y.size(); i++) {
      if (y.floats()[i] != 0) {
        assertThat(y.floats()[i]).isEqualTo(x.floats()[i]);
        kept++;
      }
    }
    assertThat(kept).isEqualTo(pooled.getFirst().size());
  }

  @Test
  void addsZerosBehindForAGreaterShape() {
    assertThatLayer(
            new MaxUnpool(WINDOW),
            Tensor.of(Shape.of(1, 1, 1, 1), 5f),
            Tensor.of(Shape.of(1, 1, 1, 1), 2L),
            Tensor.of(Shape.of(4), 1L, 1, 2, 3))
        .gives(Tensor.of(Shape.of(1, 1, 2, 3), 0f, 0, 0, 5, 0, 0));
  }

  @Test
  void namesAnIndexOutside() {
    assertThatLayer(
            new MaxUnpool(WINDOW),
            Tensor.of(Shape.of(1, 1, 1, 1), 5f),
            Tensor.of(Shape.of(1, 1, 1, 1), 4L))
        .refuses("index 4", "[1,1,2,2]");
  }
}
