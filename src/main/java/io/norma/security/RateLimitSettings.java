package io.norma.security;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How many requests one caller may send.
 *
 * @param requestsPerSecond that a caller may send in the long run; without it as many as they like
 * @param burst requests that a caller may send at once after a pause; without it as many as in a
 *     second
 * @param maxBuckets callers that are told apart at a time; of more, those that sent nothing for the
 *     longest are forgotten, and begin anew
 */
@Validated
@ConfigurationProperties("norma.security")
public record RateLimitSettings(
    @Nullable Integer requestsPerSecond,
    @Nullable Integer burst,
    @DefaultValue("10000") int maxBuckets) {
  /** The property that turns the limit on. */
  public static final String PROPERTY = "norma.security.requests-per-second";

  private static final String BURST = "norma.security.burst";
  private static final String BUCKETS = "norma.security.max-buckets";
  private static final int MOST = 1_000_000;

  public RateLimitSettings {
    requireInRange(PROPERTY, requestsPerSecond);
    requireInRange(BURST, burst);
    requireInRange(BUCKETS, maxBuckets);
    if (burst != null && requestsPerSecond == null) {
      throw new IllegalArgumentException(BURST + " has no meaning without " + PROPERTY);
    }
  }

  private static void requireInRange(String property, @Nullable Integer value) {
    if (value != null && (value < 1 || value > MOST)) {
      throw new IllegalArgumentException(
          "%s must be from 1 to %d, but is %d".formatted(property, MOST, value));
    }
  }
}
