package io.norma.runningstatistics;

import io.norma.scheduling.Schedule;
import io.norma.store.ChangeCounter;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the database every so often whether another replica changed something. While it does not
 * answer, what is in memory goes on being served.
 */
final class ReplicaPolling {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaPolling.class);

  private final ChangeCounter changes;
  private final List<BooleanSupplier> listeners;
  private long seen;
  private boolean answers = true;

  /**
   * @param listeners run when something changed, one after the other; they say whether they are
   *     done with it, and are run again if not
   */
  ReplicaPolling(
      ChangeCounter changes,
      Schedule schedule,
      Duration interval,
      List<BooleanSupplier> listeners) {
    this.changes = changes;
    this.listeners = List.copyOf(listeners);
    seen = changes.read();
    schedule.repeat(interval, this::look);
  }

  private void look() {
    try {
      long now = changes.read();
      if (!answers) {
        LOG.info("the database answers again");
        answers = true;
      }
      if (now != seen) {
        boolean done = true;
        for (BooleanSupplier listener : listeners) {
          done &= listener.getAsBoolean();
        }
        seen = done ? now : seen;
      }
    } catch (RuntimeException e) {
      if (answers) {
        LOG.error("the database does not answer; what is in memory is served on", e);
        answers = false;
      }
    }
  }
}
