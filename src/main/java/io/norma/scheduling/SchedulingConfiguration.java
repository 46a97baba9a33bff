package io.norma.scheduling;

import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What time it is, and what is done when. */
@Configuration(proxyBeanMethods = false)
class SchedulingConfiguration {
  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }

  @Bean
  Schedule schedule() {
    return new Schedule();
  }
}
