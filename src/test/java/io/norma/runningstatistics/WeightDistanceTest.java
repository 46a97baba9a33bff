package io.norma.runningstatistics;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.runningstatistics.SourceWeight.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;

final class WeightDistanceTest {
  private static SourceWeight tensor(Precision precision, List<Long> shape, double... elements) {
    return new SourceWeight(shape, precision, i -> elements[i]);
  }

  private static SourceWeight tensor(List<Long> shape, double... elements) {
    return tensor(Precision.FLOAT, shape, elements);
  }

  @Test
  void findsTheSameElementsTheSame() {
    assertThat(WeightDistance.between(tensor(List.of(3L), 1, 2, 3), tensor(List.of(3L), 1, 2, 3)))
        .isNull();
    double nan = Double.NaN;
    double infinite = Double.NEGATIVE_INFINITY;
    assertThat(
            WeightDistance.between(
                tensor(List.of(2L), nan, infinite), tensor(List.of(2L), nan, infinite)))
        .isNull();
  }

  @Test
  void allowsForTheRoundingOfTheTypeAndNoMore() {
    double[] own = {1.0001, -0.3333, 1e-9};
    for (Precision precision : Precision.values()) {
      double rounding =
          precision == Precision.FLOAT ? 1e-7 : precision == Precision.HALF ? 4e-4 : 3e-3;
      SourceWeight rounded =
          tensor(precision, List.of(3L), own[0] + rounding, own[1] - rounding, 0);
      SourceWeight other = tensor(precision, List.of(3L), own[0], own[1] + 20 * rounding, own[2]);

      assertThat(WeightDistance.between(tensor(List.of(3L), own), rounded)).isNull();
      assertThat(WeightDistance.between(tensor(List.of(3L), own), other)).contains("off by up to");
    }
  }

  @Test
  void findsNumbersTooSmallForHalvesTheSame() {
    SourceWeight own = tensor(List.of(2L), 2e-8, 1e-9);

    assertThat(WeightDistance.between(own, tensor(Precision.HALF, List.of(2L), 0, 0))).isNull();
    assertThat(WeightDistance.between(own, tensor(List.of(2L), 0, 0))).isNotNull();
  }

  @Test
  void findsATransposedMatrixTheSame() {
    SourceWeight own = tensor(List.of(2L, 3L), 1, 2, 3, 4, 5, 6);
    SourceWeight square = tensor(List.of(2L, 2L), 1, 2, 3, 4);

    assertThat(WeightDistance.between(own, tensor(List.of(3L, 2L), 1, 4, 2, 5, 3, 6))).isNull();
    assertThat(WeightDistance.between(square, tensor(List.of(2L, 2L), 1, 3, 2, 4))).isNull();
    assertThat(WeightDistance.between(own, tensor(List.of(3L, 2L), 1, 4, 2, 5, 3, 7)))
        .isEqualTo("off by up to 1.00, where the largest is 6.00");
    assertThat(WeightDistance.between(square, tensor(List.of(2L, 2L), 1, 3, 2, 5)))
        .contains("1.00");
  }

  @Test
  void ignoresAxesOfExtentOne() {
    SourceWeight own = tensor(List.of(2L, 1L, 1L), 1, 2);

    assertThat(WeightDistance.between(own, tensor(List.of(1L, 2L), 1, 2))).isNull();
    assertThat(WeightDistance.between(own, tensor(List.of(2L), 1, 3))).contains("off by");
  }

  @Test
  void claimsNothingWhereAxesAreInAnotherOrder() {
    SourceWeight own = tensor(List.of(2L, 3L, 2L), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    SourceWeight moved = tensor(List.of(3L, 2L, 2L), 1, 2, 7, 8, 3, 4, 9, 10, 5, 6, 11, 12);

    assertThat(WeightDistance.between(own, moved)).isNull();
  }

  @Test
  void namesBothShapesWhereTheyDoNotFit() {
    SourceWeight own = tensor(List.of(2L, 3L), 1, 2, 3, 4, 5, 6);

    assertThat(WeightDistance.between(own, tensor(List.of(2L), 1, 2)))
        .isEqualTo("of shape [2] instead of [2, 3]");
    assertThat(WeightDistance.between(own, tensor(List.of(6L), 6, 5, 4, 3, 2, 1)))
        .isEqualTo("of shape [6] instead of [2, 3]");
  }
}
