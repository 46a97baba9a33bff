package io.norma.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.statistics.ChannelStatistics;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class IdentityNormalizationTest {
  private static final int LAYERS = 40_000;
  private static final int CHANNELS = 64;

  @Test
  void scalesByExactlyOneWhateverTheVariances() {
    Random random = new Random(1);
    long channels = 0;
    for (int i = 0; i < LAYERS; i++) {
      float[] mean = new float[CHANNELS];
      float[] variance = new float[CHANNELS];
      for (int c = 0; c < CHANNELS; c++) {
        mean[c] = anyFloat(random, i);
        variance[c] = Math.abs(anyFloat(random, i));
      }
      assertIdentity(new ChannelStatistics(mean, variance));
      channels += CHANNELS;
    }
    assertThat(channels).isGreaterThan(2_000_000);
  }

  @Test
  void scalesByExactlyOneAtTheEndsOfTheRange() {
    for (float variance :
        new float[] {
          0,
          Float.MIN_VALUE,
          Float.MIN_NORMAL,
          Math.nextDown(Float.MIN_NORMAL),
          0x1p-120f,
          Math.nextUp(0x1p-120f),
          1,
          Float.MAX_VALUE,
          Math.nextDown(Float.MAX_VALUE)
        }) {
      assertIdentity(new ChannelStatistics(new float[] {3}, new float[] {variance}));
      assertIdentity(
          new ChannelStatistics(new float[] {-0f, 1e30f}, new float[] {variance, variance / 3}));
    }
  }

  @Test
  void keepsVariancesToTheLastBits() {
    Random random = new Random(2);
    float[] variance = new float[1000];
    for (int c = 0; c < variance.length; c++) {
      variance[c] = 0.1f + random.nextFloat();
    }
    IdentityNormalization identity =
        IdentityNormalization.of(new ChannelStatistics(new float[1000], variance));
    for (int c = 0; c < variance.length; c++) {
      double off = Math.abs(identity.statistics().variance()[c] / (double) variance[c] - 1);
      assertThat(off).isLessThan(2e-7);
    }
  }

  /** A channel that was constant on the source, and one that is constant on other data. */
  @Test
  void staysFiniteWhereAChannelIsConstant() {
    IdentityNormalization identity =
        IdentityNormalization.of(
            new ChannelStatistics(new float[] {1, 2, 3}, new float[] {0, 4, 9}));
    BatchNormalizationLayer layer = layer(identity);
    BoundNormalization elsewhere =
        layer.bind(new ChannelStatistics(new float[] {5, 6, 7}, new float[] {4, 0, 9}));
    for (float scale : elsewhere.scale()) {
      assertThat(scale).isFinite().isPositive();
    }
    BatchNormalizationLayer dead =
        layer(IdentityNormalization.of(new ChannelStatistics(new float[2], new float[2])));
    for (float scale :
        dead.bind(new ChannelStatistics(new float[2], new float[] {0, 1e30f})).scale()) {
      assertThat(scale).isFinite().isNotNegative();
    }
  }

  private static void assertIdentity(ChannelStatistics reference) {
    IdentityNormalization identity = IdentityNormalization.of(reference);
    BoundNormalization bound = layer(identity).bind(identity.statistics());
    if (!bound.isIdentity()) {
      for (int c = 0; c < reference.channels(); c++) {
        assertThat(bound.scale()[c]).as("variance %s", reference.variance()[c]).isEqualTo(1f);
      }
    }
    assertThat(bound.isIdentity()).isTrue();
    for (int c = 0; c < reference.channels(); c++) {
      assertThat(Float.floatToRawIntBits(bound.shift(c))).isZero();
    }
  }

  private static BatchNormalizationLayer layer(IdentityNormalization identity) {
    return new BatchNormalizationLayer(
        "bn",
        identity.gamma(),
        identity.statistics().mean(),
        identity.epsilon(),
        NormalizationKind.VIRTUAL);
  }

  /** Any finite one, of a few sizes in a layer or of all. */
  private static float anyFloat(Random random, int layer) {
    if (layer % 3 == 0) {
      return (float) (random.nextGaussian() * Math.scalb(1.0, layer % 200 - 100));
    }
    float value;
    do {
      value = Float.intBitsToFloat(random.nextInt());
    } while (!Float.isFinite(value));
    return layer % 3 == 1 && random.nextInt(8) == 0 ? 0 : value;
  }
}
