package io.norma.runningstatistics.certificate;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What makes an estimate doubtful or harmful.
 *
 * @param probeBatches whether each batch of a calibration is a probe, too: it runs by four sets of
 *     statistics then, beside the run that its moments come from
 * @param fewestProbeRows rows below which nothing is concluded from answers
 * @param fewestValues values per channel below which an estimate is doubtful
 * @param doubtfulDisagreement share of rows that two halves answer differently, from which on an
 *     estimate is doubtful
 * @param harmfulDisagreement the same, harmful
 * @param doubtfulConfidence mean probability of the answers, divided by that of the answers to the
 *     same rows by what the calibration began from, below which it is doubtful
 * @param harmfulConfidence the same, harmful
 * @param doubtfulClasses share of the classes over which answers spread, below which it is doubtful
 */
@ConfigurationProperties("norma.certificates")
public record CertificateSettings(
    @DefaultValue("true") boolean probeBatches,
    @DefaultValue("32") int fewestProbeRows,
    @DefaultValue("64") long fewestValues,
    @DefaultValue("0.1") double doubtfulDisagreement,
    @DefaultValue("0.5") double harmfulDisagreement,
    @DefaultValue("0.97") double doubtfulConfidence,
    @DefaultValue("0.95") double harmfulConfidence,
    @DefaultValue("0.5") double doubtfulClasses) {
  private static final String NAME = "norma.certificates.";

  public CertificateSettings {
    if (fewestProbeRows < 1) {
      throw new IllegalArgumentException(
          NAME + "fewest-probe-rows must be at least 1, but is " + fewestProbeRows);
    }
    if (fewestValues < 2) {
      throw new IllegalArgumentException(
          NAME + "fewest-values must be at least 2, but is " + fewestValues);
    }
    requireShare("doubtful-disagreement", doubtfulDisagreement);
    requireShare("harmful-disagreement", harmfulDisagreement);
    requireShare("doubtful-confidence", doubtfulConfidence);
    requireShare("harmful-confidence", harmfulConfidence);
    requireShare("doubtful-classes", doubtfulClasses);
    if (harmfulDisagreement < doubtfulDisagreement) {
      throw new IllegalArgumentException(
          NAME
              + "harmful-disagreement must be at least doubtful-disagreement, %s, but is %s"
                  .formatted(doubtfulDisagreement, harmfulDisagreement));
    }
    if (harmfulConfidence > doubtfulConfidence) {
      throw new IllegalArgumentException(
          NAME
              + "harmful-confidence must be at most doubtful-confidence, %s, but is %s"
                  .formatted(doubtfulConfidence, harmfulConfidence));
    }
  }

  private static void requireShare(String name, double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException(NAME + name + " must be from 0 to 1, but is " + share);
    }
  }
}
