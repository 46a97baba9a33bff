package io.norma.security.audit;

import java.time.Instant;
import java.util.List;

/** The records. They are added by the changes themselves, and never changed. */
public interface AuditStore {
  /**
   * Records, the newest first.
   *
   * @param before only those with a smaller id
   */
  List<AuditRecord> list(AuditQuery query, long before, int limit);

  /**
   * Forgets records that were made before this.
   *
   * @return how many
   */
  long forget(Instant before);
}
