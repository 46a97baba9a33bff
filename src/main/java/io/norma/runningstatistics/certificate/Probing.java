package io.norma.runningstatistics.certificate;

import com.fasterxml.jackson.annotation.JsonIgnore;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a calibration's rows beside their moments. Either each batch that comes is a
 * probe of the estimate with it, and the probes since the calibration had a quarter to a half of
 * its rows count: earlier ones were of an estimate from far fewer. Or somebody sent a probe, and it
 * alone counts.
 *
 * @param earlier what came before {@code latest} began; {@code null} for nothing
 * @param latest {@code null} for nothing
 * @param given whether it is a probe that was sent as such
 */
public record Probing(@Nullable ProbeTally earlier, @Nullable ProbeTally latest, boolean given) {
  /** Nothing known yet. */
  public static final Probing NONE = new Probing(null, null, false);

  /** This with a batch's rows; as it is where a probe was given. */
  public Probing plus(ProbeTally batch) {
    if (given) {
      return this;
    }
    if (latest == null) {
      return new Probing(null, batch, false);
    }
    return batch.from() >= 2 * Math.max(1, latest.from())
        ? new Probing(latest, batch, false)
        : new Probing(earlier, latest.plus(batch), false);
  }

  /** A probe that was given in place of this. */
  public static Probing of(ProbeTally given) {
    return new Probing(null, given, true);
  }

  /** All that counts. */
  @JsonIgnore
  @Nullable ProbeTally tally() {
    return latest == null || earlier == null ? latest : earlier.plus(latest);
  }
}
