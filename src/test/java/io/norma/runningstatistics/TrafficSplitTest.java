package io.norma.runningstatistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.runningstatistics.TrafficSplit.Share;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TrafficSplitTest {
  private static final RevisionName DAY = new RevisionName("day", 1);
  private static final RevisionName DUSK = new RevisionName("dusk", 1);
  private static final RevisionName NIGHT = new RevisionName("night", 7);

  private static TrafficSplit split(double... weights) {
    List<RevisionName> names = List.of(DAY, DUSK, NIGHT);
    return new TrafficSplit(
        IntStream.range(0, weights.length)
            .mapToObj(i -> Share.ofPercent(names.get(i), weights[i]))
            .toList());
  }

  @Test
  void givesEachSetItsPieceOfTheInterval() {
    TrafficSplit split = split(90, 0, 10);
    assertThat(split.at(0)).isZero();
    assertThat(split.at(0.8999999)).isZero();
    assertThat(split.at(0.9)).isEqualTo(2);
    assertThat(split.at(Math.nextDown(1.0))).isEqualTo(2);
    assertThat(split(50, 50, 0).at(Math.nextDown(1.0))).isEqualTo(1);
    assertThat(split(0, 100).at(0)).isEqualTo(1);
  }

  @Test
  void meansByTheActiveOneTheLargestShareAndOfEqualOnesTheFirst() {
    assertThat(split(20, 70, 10).primary()).isEqualTo(DUSK);
    assertThat(split(20, 70, 10).others()).containsExactly(DAY, NIGHT);
    assertThat(split(25, 25, 50).primary()).isEqualTo(NIGHT);
    assertThat(split(50, 50).primary()).isEqualTo(DAY);
    assertThat(TrafficSplit.whole(NIGHT).isWhole()).isTrue();
    assertThat(split(0, 100).isWhole()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 100.1, Double.NaN, Double.POSITIVE_INFINITY, 0.00001, 33.33333})
  void refusesWeightsThatAreNoPercentages(double weight) {
    assertThatThrownBy(() -> Share.ofPercent(DAY, weight))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("from 0 to 100")
        .hasMessageContaining("day@1");
  }

  @Test
  void refusesSharesThatAreNotAllRequestsOrNameOneTwice() {
    assertThatThrownBy(() -> split(90, 9.5)).hasMessageContaining("sum to 99.5");
    assertThatThrownBy(() -> split(0.9, 0.1)).hasMessageContaining("sum to 1");
    assertThatThrownBy(() -> split(100, 10)).hasMessageContaining("sum to 110");
    assertThatThrownBy(() -> new TrafficSplit(List.of())).hasMessageContaining("sum to 0");
    assertThatThrownBy(
            () -> new TrafficSplit(List.of(Share.ofPercent(DAY, 50), Share.ofPercent(DAY, 50))))
        .hasMessageContaining("day@1 twice");
  }

  @Test
  void addsDecimalFractionsExactly() {
    TrafficSplit thirds = split(33.3333, 33.3333, 33.3334);
    assertThat(thirds.shares().getFirst().percent()).hasToString("33.3333");
    assertThat(split(90, 10).shares())
        .extracting(Share::percent)
        .map(Object::toString)
        .containsExactly("90", "10");
  }

  /** As Python's hashlib has it: the first 53 bits of SHA-256 of the model, a zero and the key. */
  @ParameterizedTest
  @CsvSource({
    "digits, user-1, 0.6714886752048296",
    "digits, user-2, 0.38565243563485097",
    "other, user-1, 0.32606526939437575",
    "digits, Zoë, 0.7417862663028397",
  })
  void drawsTheSamePointForAKeyWhereverItIsAsked(String model, String key, double point) {
    assertThat(TrafficSplit.point(model, key)).isEqualTo(point);
  }

  @Test
  void spreadsKeysEvenlyAndDifferentlyForEachModel() {
    int keys = 20_000;
    int[] tenths = new int[10];
    double product = 0;
    for (int i = 0; i < keys; i++) {
      double point = TrafficSplit.point("digits", "user-" + i);
      tenths[(int) (10 * point)]++;
      product += (point - 0.5) * (TrafficSplit.point("other", "user-" + i) - 0.5);
    }
    assertThat(Arrays.stream(tenths).boxed())
        .allSatisfy(count -> assertThat(count).isCloseTo(keys / 10, within(200)));
    // Of independent points, whose variance is 1/12.
    assertThat(12 * product / keys).isCloseTo(0, within(0.03));
  }

  @Test
  void leavesKeysWithASetWhoseShareGrows() {
    for (int i = 0; i < 1000; i++) {
      double point = TrafficSplit.point("digits", "user-" + i);
      if (split(90, 10).at(point) == 1) {
        assertThat(split(50, 50).at(point)).isEqualTo(1);
      }
    }
  }
}
