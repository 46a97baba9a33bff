package io.norma.runningstatistics;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What can be set about running statistics.
 *
 * @param pollInterval how often the database is asked whether another replica changed something
 * @param cache how many bytes of vectors stay in memory beside the active ones; the least used go
 *     first, and are read from the database when they are asked for again
 * @param maxSplit revisions that may share the requests of a model version; they stay in memory
 *     beside the cache
 * @param agreementSampleRate share of those requests that the other revisions answer too, unseen,
 *     to see how far they agree: from 0 (off) to 1
 * @param maxSets sets of a model version
 * @param maxRevisions of a set
 */
@ConfigurationProperties("norma.running-statistics")
public record RunningStatisticsSettings(
    @DefaultValue("250ms") Duration pollInterval,
    @Nullable DataSize cache,
    @DefaultValue("8") int maxSplit,
    @DefaultValue("0.01") double agreementSampleRate,
    @DefaultValue("1000") int maxSets,
    @DefaultValue("10000") int maxRevisions) {
  private static final int MOST_SHARES = 64;
  private static final Duration LONGEST = Duration.ofMillis(500);

  public RunningStatisticsSettings {
    if (!pollInterval.isPositive() || pollInterval.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "norma.running-statistics.poll-interval must be above 0 and at most 500ms, so that an"
              + " activation is seen within a second, but is "
              + pollInterval.toMillis()
              + "ms");
    }
    if (cache != null && cache.isNegative()) {
      throw new IllegalArgumentException(
          "norma.running-statistics.cache must not be negative, but is " + cache);
    }
    if (!(agreementSampleRate >= 0 && agreementSampleRate <= 1)) {
      throw new IllegalArgumentException(
          "norma.running-statistics.agreement-sample-rate must be from 0 to 1, but is "
              + agreementSampleRate);
    }
    requirePositive("norma.running-statistics.max-sets", maxSets);
    requirePositive("norma.running-statistics.max-revisions", maxRevisions);
    if (maxSplit < 1 || maxSplit > MOST_SHARES) {
      throw new IllegalArgumentException(
          "norma.running-statistics.max-split must be from 1 to 64, but is " + maxSplit);
    }
  }

  private static void requirePositive(String name, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, but is " + number);
    }
  }

  /** The number itself, resolved. */
  long cacheBytes(long heapBytes) {
    return cache == null ? heapBytes / 16 : cache.toBytes();
  }
}
