package io.norma.kernel.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class LayerDistanceTest {
  private static final ChannelStatistics FROM =
      new ChannelStatistics(new float[] {0, 1, -2}, new float[] {1, 4, 0.25f});

  @Test
  void isZeroBetweenTheSame() {
    assertThat(LayerDistance.between(FROM, FROM, 1e-5))
        .isEqualTo(new LayerDistance(0, 0, 0, 0, 0, 1, 0));
  }

  @Test
  void findsTheChannelThatMovedAndTheOneThatShrank() {
    double epsilon = 1e-3;
    ChannelStatistics to =
        new ChannelStatistics(new float[] {0, -5, -2}, new float[] {1, 4, 0.0625f});

    LayerDistance distance = LayerDistance.between(FROM, to, epsilon);

    assertThat(distance.largestMeanShift()).isCloseTo(-6 / Math.sqrt(4 + epsilon), within(1e-12));
    assertThat(distance.shiftedChannel()).isEqualTo(1);
    assertThat(distance.largestVarianceRatio())
        .isCloseTo((0.0625 + epsilon) / (0.25 + epsilon), within(1e-12));
    assertThat(distance.rescaledChannel()).isEqualTo(2);
    double moved = 36 / (4 + epsilon);
    double ratio = (0.0625 + epsilon) / (0.25 + epsilon);
    double shrank = 0.5 * (ratio + 1 / ratio - 2);
    assertThat(distance.symmetricKullbackLeibler()).isCloseTo((moved + shrank) / 3, within(1e-12));
    assertThat(distance.largestSymmetricKullbackLeibler()).isCloseTo(moved, within(1e-12));
    double narrower = Math.sqrt(0.25 + epsilon) - Math.sqrt(0.0625 + epsilon);
    assertThat(distance.wasserstein2())
        .isCloseTo(Math.sqrt(36 + narrower * narrower), within(1e-12));
  }

  @Test
  void staysFiniteWhereAVarianceIsZero() {
    ChannelStatistics constant =
        new ChannelStatistics(new float[] {0, 1, -2}, new float[] {0, 0, 0});
    assertThat(LayerDistance.between(FROM, constant, 1e-5).symmetricKullbackLeibler()).isFinite();
  }

  @Test
  void rejectsAnotherNumberOfChannels() {
    ChannelStatistics two = new ChannelStatistics(new float[2], new float[2]);
    assertThatThrownBy(() -> LayerDistance.between(FROM, two, 1e-5))
        .hasMessageContaining("3")
        .hasMessageContaining("2");
  }
}
