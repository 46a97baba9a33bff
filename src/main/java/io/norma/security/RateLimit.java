package io.norma.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.List;

/**
 * A token bucket for each caller: each request takes a token, and tokens come back at an even rate.
 * A bucket that nobody took from until it was full again is forgotten, for it is as a new one.
 */
public final class RateLimit {
  private final int requestsPerSecond;
  private final int burst;
  private final TimeMeter time;
  private final Cache<String, Bucket> buckets;
  private final List<RateLimitObserver> observers;

  /**
   * @param time by which tokens come back
   */
  RateLimit(
      int requestsPerSecond,
      int burst,
      int maxBuckets,
      TimeMeter time,
      List<RateLimitObserver> observers) {
    this.requestsPerSecond = requestsPerSecond;
    this.burst = burst;
    this.time = time;
    this.observers = List.copyOf(observers);
    buckets =
        Caffeine.newBuilder()
            .maximumSize(maxBuckets)
            .ticker(time::currentTimeNanos)
            .expireAfterAccess(Duration.ofSeconds(1 + burst / requestsPerSecond))
            .build();
  }

  /**
   * Takes a token for a request.
   *
   * @return how long the caller has to wait for the next one; zero if there was one
   */
  public Duration take(String caller) {
    Bucket bucket = buckets.get(caller, _ -> full());
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
    if (probe.isConsumed()) {
      return Duration.ZERO;
    }
    observers.forEach(RateLimitObserver::limited);
    return Duration.ofNanos(Math.max(1, probe.getNanosToWaitForRefill()));
  }

  private Bucket full() {
    Bandwidth bandwidth =
        Bandwidth.builder()
            .capacity(burst)
            .refillGreedy(requestsPerSecond, Duration.ofSeconds(1))
            .build();
    return Bucket.builder().addLimit(bandwidth).withCustomTimePrecision(time).build();
  }

  /** In words, for those who are over it. */
  public String words() {
    return "%s (%d; %d at once) allows"
        .formatted(RateLimitSettings.PROPERTY, requestsPerSecond, burst);
  }
}
