package io.norma.runningstatistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.statistics.ChannelMoments;
import org.junit.jupiter.api.Test;

final class MomentWindowTest {
  private static final long WINDOW = 600;

  @Test
  void holdsWhatCameWithinTheWindow() {
    MomentWindow window = new MomentWindow(new int[] {1, 2}, WINDOW);
    window.add(0, moments(10, 1), 10, 0);
    window.add(1, new ChannelMoments(10, new double[] {5, 6}, new double[2]), 0, 0);
    window.add(0, moments(30, 5), 30, 599);

    assertThat(window.rows(599)).isEqualTo(40);
    ChannelMoments first = window.moments(0, 599);
    assertThat(first.count()).isEqualTo(40);
    assertThat(first.mean()[0]).isCloseTo(4, within(1e-12));
    // Two groups of one value each: Σ(x−μ)² = 10·3² + 30·1².
    assertThat(first.sumOfSquaredDeviations()[0]).isCloseTo(120, within(1e-9));
    assertThat(window.moments(1, 599).mean()).containsExactly(5, 6);
  }

  @Test
  void forgetsAPartAsAWhole() {
    MomentWindow window = new MomentWindow(new int[] {1}, WINDOW);
    window.add(0, moments(10, 1), 10, 0);
    window.add(0, moments(7, 1), 7, 99);
    window.add(0, moments(30, 5), 30, 100);

    assertThat(window.rows(599)).isEqualTo(47);
    assertThat(window.rows(600)).isEqualTo(30);
    assertThat(window.moments(0, 600).count()).isEqualTo(30);
    assertThat(window.rows(700)).isZero();
    assertThat(window.moments(0, 700).count()).isZero();
  }

  @Test
  void startsAPartAnewWhenTheWindowHasGoneRound() {
    MomentWindow window = new MomentWindow(new int[] {1}, WINDOW);
    window.add(0, moments(10, 1), 10, 50);
    window.add(0, moments(3, 9), 3, 650);

    assertThat(window.rows(650)).isEqualTo(3);
    assertThat(window.moments(0, 650).mean()[0]).isEqualTo(9);
  }

  @Test
  void worksWhereTheClockIsBelowZero() {
    MomentWindow window = new MomentWindow(new int[] {1}, WINDOW);
    window.add(0, moments(10, 1), 10, -50);
    window.add(0, moments(3, 9), 3, 50);

    assertThat(window.rows(50)).isEqualTo(13);
    assertThat(window.rows(549)).isEqualTo(3);
  }

  /** Of so many values, all the same. */
  private static ChannelMoments moments(long count, double mean) {
    return new ChannelMoments(count, new double[] {mean}, new double[1]);
  }
}
