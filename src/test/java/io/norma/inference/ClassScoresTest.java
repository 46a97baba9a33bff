package io.norma.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class ClassScoresTest {
  @Test
  void readsLogitsAndProbabilitiesAlike() {
    float[] logits = {1, 3, 2, -1, -5, -2};
    float[] probabilities = new float[6];
    for (int row = 0; row < 2; row++) {
      double sum = 0;
      for (int k = 0; k < 3; k++) {
        sum += Math.exp(logits[3 * row + k]);
      }
      for (int k = 0; k < 3; k++) {
        probabilities[3 * row + k] = (float) (Math.exp(logits[3 * row + k]) / sum);
      }
    }
    for (float[] scores : List.of(logits, probabilities)) {
      ClassScores read =
          Objects.requireNonNull(ClassScores.of(List.of(Tensor.of(Shape.of(2, 3), scores)), 2));
      assertThat(read.classes()).isEqualTo(3);
      assertThat(read.answers()).containsExactly(1, 0);
      assertThat(read.confidences()[0]).isCloseTo(probabilities[1], within(1e-6));
      assertThat(read.confidences()[1]).isCloseTo(probabilities[3], within(1e-6));
    }
  }

  @Test
  void isNothingOfANetworkWithoutClasses() {
    Tensor map = Tensor.of(Shape.of(2, 3, 1, 1), new float[6]);
    Tensor number = Tensor.of(Shape.of(2, 1), new float[2]);
    Tensor other = Tensor.of(Shape.of(3, 2), new float[6]);
    assertThat(ClassScores.of(List.of(map, number, other), 2)).isNull();
    assertThat(ClassScores.of(List.of(map, Tensor.of(Shape.of(2, 3), new float[6])), 2))
        .isNotNull();
  }

  @Test
  void isNotSureOfWhatIsNoNumber() {
    float[] scores = {1, Float.NaN, 2};
    ClassScores read =
        Objects.requireNonNull(ClassScores.of(List.of(Tensor.of(Shape.of(1, 3), scores)), 1));
    assertThat(read.confidences()).containsExactly(0);
  }
}
