package io.norma.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RateLimitTest {
  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger limited = new AtomicInteger();
  private final TimeMeter time =
      new TimeMeter() {
        @Override
        public long currentTimeNanos() {
          return now.get();
        }

        @Override
        public boolean isWallClockBased() {
          return false;
        }
      };

  private RateLimit limit(int requestsPerSecond, int burst) {
    return new RateLimit(requestsPerSecond, burst, 100, time, List.of(limited::incrementAndGet));
  }

  @Test
  void letsABurstPassAndThenTheRate() {
    RateLimit limit = limit(10, 3);
    for (int i = 0; i < 3; i++) {
      assertThat(limit.take("ann")).isZero();
    }
    assertThat(limit.take("ann")).isEqualTo(Duration.ofMillis(100));
    now.addAndGet(Duration.ofMillis(99).toNanos());
    assertThat(limit.take("ann")).isEqualTo(Duration.ofMillis(1));
    now.addAndGet(Duration.ofMillis(1).toNanos());
    assertThat(limit.take("ann")).isZero();
    assertThat(limit.take("ann")).isPositive();
    assertThat(limited).hasValue(3);
  }

  @Test
  void givesNoMoreThanABurstAfterALongPause() {
    RateLimit limit = limit(10, 3);
    assertThat(limit.take("ann")).isZero();
    now.addAndGet(Duration.ofDays(1).toNanos());
    int passed = 0;
    while (limit.take("ann").isZero()) {
      passed++;
    }
    assertThat(passed).isEqualTo(3);
  }

  @Test
  void countsEachCallerByItself() {
    RateLimit limit = limit(1, 1);
    assertThat(limit.take("ann")).isZero();
    assertThat(limit.take("ann")).isPositive();
    assertThat(limit.take("bob")).isZero();
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    for (Integer wrong : List.of(0, -1, 1_000_001)) {
      assertThatThrownBy(() -> new RateLimitSettings(wrong, null, 1))
          .hasMessageContaining("norma.security.requests-per-second");
      assertThatThrownBy(() -> new RateLimitSettings(1, wrong, 1))
          .hasMessageContaining("norma.security.burst");
      assertThatThrownBy(() -> new RateLimitSettings(1, 1, wrong))
          .hasMessageContaining("norma.security.max-buckets");
    }
    assertThatThrownBy(() -> new RateLimitSettings(null, 1, 1))
        .hasMessageContaining("norma.security.requests-per-second");
  }
}
