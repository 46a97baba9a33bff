package io.norma.observability;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be set about metrics.
 *
 * @param maxRunningStatistics revisions of a model version whose requests are told apart, from 0;
 *     those of all others are counted as one
 * @param tritonNames whether request counts are told under Triton's names, too
 */
@ConfigurationProperties("norma.metrics")
record MetricsSettings(
    @DefaultValue("8") int maxRunningStatistics, @DefaultValue("false") boolean tritonNames) {
  private static final int MOST = 1000;

  MetricsSettings {
    if (maxRunningStatistics < 0 || maxRunningStatistics > MOST) {
      throw new IllegalArgumentException(
          "norma.metrics.max-running-statistics must be from 0 to %d, but is %d"
              .formatted(MOST, maxRunningStatistics));
    }
  }
}
