package io.norma.security.audit;

import io.norma.scheduling.Schedule;
import java.time.Clock;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts together what tells of changes, and forgets them when it shall. */
@Configuration(proxyBeanMethods = false)
class AuditConfiguration {
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  @Bean
  AuditHistory auditHistory(
      AuditStore store, Clock clock, AuditSettings settings, Schedule schedule) {
    AuditHistory history = new AuditHistory(store, clock);
    Duration retention = settings.retention();
    if (retention != null) {
      Duration pause = retention.compareTo(LONGEST_PAUSE) < 0 ? retention : LONGEST_PAUSE;
      schedule.repeat(pause, () -> history.forgetAfter(retention));
    }
    return history;
  }
}
