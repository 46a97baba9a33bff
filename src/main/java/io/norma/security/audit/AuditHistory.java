package io.norma.security.audit;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was changed, by whom. */
public final class AuditHistory {
  private static final Logger LOG = LoggerFactory.getLogger(AuditHistory.class);

  private final AuditStore store;
  private final Clock clock;

  AuditHistory(AuditStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * Records, the newest first.
   *
   * @param before only those with a smaller id
   */
  public List<AuditRecord> list(AuditQuery query, long before, int limit) {
    return store.list(query, before, limit);
  }

  /** Forgets what is older than this. */
  void forgetAfter(Duration retention) {
    long forgotten = store.forget(clock.instant().minus(retention));
    if (forgotten > 0) {
      LOG.info("{} audit records are older than {} and forgotten", forgotten, retention);
    }
  }
}
