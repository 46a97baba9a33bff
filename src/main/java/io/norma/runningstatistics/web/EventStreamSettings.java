package io.norma.runningstatistics.web;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be set about streams of events.
 *
 * @param maxEventStreams that are open at one time
 */
@ConfigurationProperties("norma.calibration")
record EventStreamSettings(@DefaultValue("256") int maxEventStreams) {
  EventStreamSettings {
    if (maxEventStreams < 0) {
      throw new IllegalArgumentException(
          "norma.calibration.max-event-streams must not be negative, but is " + maxEventStreams);
    }
  }
}
