package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class EinsumTest {
  @Test
  void multipliesBatchesOfMatrices() {
    Tensor a = random(1, 2, 3, 4);
    Tensor b = random(2, 2, 4, 5);
    Tensor expected = Tensor.zeros(DataType.FP32, Shape.of(2, 3, 5));
    for (int i = 0; i < expected.size(); i++) {
      double sum = 0;
      for (int k = 0; k < 4; k++) {
        sum += a.getDouble(i / 5 * 4 + k) * b.getDouble((i / 15 * 4 + k) * 5 + i % 5);
      }
      expected.setDouble(i, sum);
    }
    assertThatLayer(new Einsum("bij, bjk -> bik"), a, b).givesWithin(1e-6, expected);
    assertThatLayer(new Einsum("...ij,...jk"), a, b).givesWithin(1e-6, expected);
  }

  @Test
  void takesDiagonalsTransposesAndSums() {
    Tensor x = Tensor.of(Shape.of(2, 2), 1L, 2L, 3L, Long.MAX_VALUE);
    assertThatLayer(new Einsum("ii->i"), x).gives(Tensor.of(Shape.of(2), 1L, Long.MAX_VALUE));
    assertThatLayer(new Einsum("ij->ji"), x)
        .gives(Tensor.of(Shape.of(2, 2), 1L, 3L, 2L, Long.MAX_VALUE));
    assertThatLayer(new Einsum("ba"), x)
        .gives(Tensor.of(Shape.of(2, 2), 1L, 3L, 2L, Long.MAX_VALUE));
    assertThatLayer(new Einsum("i...->..."), x)
        .gives(Tensor.of(Shape.of(2), 4L, Long.MIN_VALUE + 1));
    assertThatLayer(new Einsum("ij->"), Tensor.of(Shape.of(1, 3), 1, 2, 3))
        .gives(Tensor.of(Shape.of(), 6));
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatLayer(new Einsum("ij,jk"), random(1, 2, 3), random(1, 4, 2))
        .refuses("letter 'j'", "3 and 4");
    assertThatLayer(new Einsum("ij"), random(1, 2)).refuses("'ij' does not fit", "[2]");
    assertThatLayer(new Einsum("i,j"), random(1, 2)).refuses("expected 2 inputs, got 1");
    assertThatThrownBy(() -> new Einsum("i->j")).hasMessageContaining("output letter 'j'");
    assertThatThrownBy(() -> new Einsum("i1")).hasMessageContaining("term 'i1'");
  }
}
