package io.norma.inference;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What watching inferences may cost, for drift and for how far the revisions of a split agree.
 *
 * @param budget share of the time of all compute slots; beyond it inferences are not watched
 */
@Validated
@ConfigurationProperties("norma.watch")
record WatchSettings(@DefaultValue("0.008") double budget) {
  WatchSettings {
    if (!(budget > 0 && budget <= 1)) {
      throw new IllegalArgumentException(
          "norma.watch.budget must be above 0 and at most 1, but is " + budget);
    }
  }
}
