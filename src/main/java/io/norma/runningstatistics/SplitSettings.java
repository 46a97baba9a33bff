package io.norma.runningstatistics;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be set about requests that several revisions share.
 *
 * @param agreementSampleRate share of them that the other revisions answer too, unseen, to see how
 *     far they agree: from 0 (off) to 1
 */
@ConfigurationProperties("norma.split")
record SplitSettings(@DefaultValue("0.01") double agreementSampleRate) {
  SplitSettings {
    if (!(agreementSampleRate >= 0 && agreementSampleRate <= 1)) {
      throw new IllegalArgumentException(
          "norma.split.agreement-sample-rate must be from 0 to 1, but is " + agreementSampleRate);
    }
  }
}
