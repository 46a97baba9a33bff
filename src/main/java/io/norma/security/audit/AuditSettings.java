package io.norma.security.audit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * What can be set about the audit.
 *
 * @param retention how long records are kept; without it for good
 */
@Validated
@ConfigurationProperties("norma.audit")
record AuditSettings(@Nullable Duration retention) {
  AuditSettings {
    if (retention != null && (retention.isZero() || retention.isNegative())) {
      throw new IllegalArgumentException(
          "norma.audit.retention must be above 0, or not set to keep all records, but is "
              + retention);
    }
  }
}
