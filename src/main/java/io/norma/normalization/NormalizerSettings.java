package io.norma.normalization;

import io.norma.kernel.statistics.VarianceConvention;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a normalizer is made with.
 *
 * @param channels C
 * @param channelAxis the channels' axis in its batches
 * @param momentum the weight of a new batch in the running statistics; {@code null} for the
 *     statistics of all values, each counting alike
 */
public record NormalizerSettings(
    int channels,
    int channelAxis,
    double epsilon,
    @Nullable Double momentum,
    VarianceConvention variance) {
  /** The most channels that one may have: its statistics are one row of a table. */
  public static final int MOST_CHANNELS = 1 << 20;

  /**
   * @throws io.norma.serving.ServingException.InvalidField if a value does not fit
   */
  public NormalizerSettings {
    if (channels < 1 || channels > MOST_CHANNELS) {
      throw Checks.invalid(
          "channels", "must be from 1 to %d, but is %d".formatted(MOST_CHANNELS, channels));
    }
    if (channelAxis == 0) {
      throw Checks.invalid("channel_axis", "axis 0 holds the batch's rows");
    }
    Checks.requireEpsilon(epsilon);
    if (momentum != null) {
      Checks.requireWeight("momentum", momentum);
    }
  }

  /** In the words of a request. */
  @Override
  public String toString() {
    return "channels %d, channel_axis %d, epsilon %s, %s, variance_convention %s"
        .formatted(
            channels,
            channelAxis,
            epsilon,
            momentum == null ? "cumulative" : "momentum " + momentum,
            variance.name().toLowerCase(Locale.ROOT));
  }
}
