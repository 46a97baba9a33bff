package io.norma.runningstatistics.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.inference.ClassScores;
import org.junit.jupiter.api.Test;

final class ProbingTest {
  private static final double[] SURE = {0.9, 0.8};

  @Test
  void countsWhereAnswersDiffer() {
    ProbeTally tally =
        ProbeTally.of(
            0,
            scores(1, 2),
            new ClassScores(3, new int[] {1, 0}, new double[] {0.5, 0.7}),
            new ProbeTally.Halves(scores(1, 1), scores(1, 2)));
    assertThat(tally.rows()).isEqualTo(2);
    assertThat(tally.disagreements()).isEqualTo(1);
    assertThat(tally.changed()).isEqualTo(1);
    assertThat(tally.confidence()).isCloseTo(1.7, within(1e-12));
    assertThat(tally.sourceConfidence()).isCloseTo(1.2, within(1e-12));
    assertThat(tally.counts()).containsExactly(0, 1, 1);
    assertThat(tally.effectiveClasses()).isCloseTo(2, within(1e-12));
  }

  @Test
  void forgetsProbesOfAnEstimateFromFarFewerRows() {
    Probing probing = Probing.NONE;
    for (int from = 0; from < 32; from += 2) {
      probing = probing.plus(batch(from));
    }
    // Windows began with 0, 2, 4, 8 and 16 rows: what counts is from 8 on.
    assertThat(probing.tally())
        .extracting(ProbeTally::from, ProbeTally::rows)
        .containsExactly(8L, 24L);
  }

  @Test
  void keepsAProbeThatWasGiven() {
    Probing probing = Probing.of(batch(10)).plus(batch(12));
    assertThat(probing.given()).isTrue();
    assertThat(probing.tally()).extracting(ProbeTally::rows).isEqualTo(2L);
  }

  private static ProbeTally batch(long from) {
    return ProbeTally.of(from, scores(0, 1), scores(0, 1), null);
  }

  private static ClassScores scores(int... answers) {
    return new ClassScores(3, answers, SURE);
  }
}
