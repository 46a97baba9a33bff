package io.norma.http.server;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How the service ends.
 *
 * @param delay how long it goes on taking requests once it was asked to stop and says that it isn't
 *     ready, for load balancers to notice; 0 where nothing stands in front of it
 */
@Validated
@ConfigurationProperties("norma.shutdown")
record ShutdownSettings(@DefaultValue("0") Duration delay) {
  private static final Duration LONGEST = Duration.ofMinutes(10);

  ShutdownSettings {
    if (delay.isNegative() || delay.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "norma.shutdown.delay must be from 0 to 10m, but is " + delay);
    }
  }
}
