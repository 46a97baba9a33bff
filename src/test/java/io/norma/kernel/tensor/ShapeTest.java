package io.norma.kernel.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

final class ShapeTest {
  @Test
  void countsElements() {
    assertThat(Shape.of(2, 3, 4).size()).isEqualTo(24);
    assertThat(Shape.of().size()).as("a scalar").isEqualTo(1);
    assertThat(Shape.of(2, 0, 4).size()).isZero();
  }

  @Test
  void countsElementsOfPart() {
    assertThat(Shape.of(2, 3, 4, 5).size(2, 4)).isEqualTo(20);
    assertThat(Shape.of(2, 3).size(2, 2)).as("no dimension").isEqualTo(1);
  }

  @Test
  void countsNegativeAxesFromTheEnd() {
    assertThat(Shape.of(2, 3, 4).dimension(-1)).isEqualTo(4);
    assertThat(Shape.of(2, 3, 4).axis(-3)).isZero();
  }

  @Test
  void rejectsAxisOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(2, 3).axis(2))
        .withMessage("axis 2 is out of range for shape [2,3] of rank 2");
  }

  @Test
  void rejectsNegativeDimension() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(2, -1))
        .withMessageContaining("[2, -1]");
  }

  @Test
  void rejectsMoreElementsThanAnArrayHolds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(65536, 65536))
        .withMessageContaining("2^31-1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.ofLongs(1L << 40))
        .withMessageContaining("1099511627776");
  }

  @Test
  void rejectsHugeDimensionsBesideAnEmptyOne() {
    assertThatIllegalArgumentException().isThrownBy(() -> Shape.of(0, 65536, 65536));
  }

  @Test
  void broadcastsAlignedAtTheLastAxes() {
    assertThat(Shape.broadcast(Shape.of(2, 3, 4), Shape.of(3, 1))).isEqualTo(Shape.of(2, 3, 4));
    assertThat(Shape.broadcast(Shape.of(5, 1), Shape.of(1, 7))).isEqualTo(Shape.of(5, 7));
    assertThat(Shape.broadcast(Shape.of(), Shape.of(2))).isEqualTo(Shape.of(2));
    assertThat(Shape.broadcast(Shape.of(0), Shape.of(1))).isEqualTo(Shape.of(0));
  }

  @Test
  void rejectsShapesThatDoNotBroadcast() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.broadcast(Shape.of(2, 3), Shape.of(2)))
        .withMessage("shapes [2,3] and [2] do not broadcast");
  }

  @Test
  void stridesAreRowMajor() {
    assertThat(Shape.of(2, 3, 4).strides()).containsExactly(12, 4, 1);
  }
}
