package io.norma.runningstatistics.store;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How many calibrations are kept. Revisions that came of them stay in any case.
 *
 * @param maxOpen calibrations of one model version that are begun and not published
 * @param expireAfter how long one is kept, published or not, after the last thing done with it; it
 *     is deleted when another one begins
 */
@ConfigurationProperties("norma.calibration")
public record CalibrationLimits(
    @DefaultValue("16") int maxOpen, @DefaultValue("7d") Duration expireAfter) {
  public CalibrationLimits {
    if (maxOpen < 1) {
      throw new IllegalArgumentException(
          "norma.calibration.max-open must be at least 1, but is " + maxOpen);
    }
    if (!expireAfter.isPositive()) {
      throw new IllegalArgumentException(
          "norma.calibration.expire-after must be above 0, but is " + expireAfter);
    }
  }
}
