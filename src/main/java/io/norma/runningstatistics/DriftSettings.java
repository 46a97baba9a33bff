package io.norma.runningstatistics;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be set about watching drift.
 *
 * @param sampleRate share of frozen inferences that are watched, from 0 (off) to 1
 * @param window how far back they count
 * @param minimumSamples rows below which nothing is claimed
 */
@ConfigurationProperties("norma.drift")
public record DriftSettings(
    @DefaultValue("0.01") double sampleRate,
    @DefaultValue("10m") Duration window,
    @DefaultValue("64") long minimumSamples) {
  public DriftSettings {
    if (!(sampleRate >= 0 && sampleRate <= 1)) {
      throw new IllegalArgumentException(
          "norma.drift.sample-rate must be from 0 to 1, but is " + sampleRate);
    }
    if (window.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "norma.drift.window must be at least 1s, but is " + window);
    }
    if (minimumSamples < 2) {
      throw new IllegalArgumentException(
          "norma.drift.minimum-samples must be at least 2, but is " + minimumSamples);
    }
  }
}
