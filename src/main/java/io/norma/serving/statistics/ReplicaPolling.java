package io.norma.serving.statistics;

import io.norma.store.ChangeCounter;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the database every so often whether another replica changed something. While it does not
 * answer, what is in memory goes on being served.
 */
final class ReplicaPolling implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaPolling.class);

  private final ChangeCounter changes;
  private final List<Runnable> listeners;
  private final Duration interval;
  private final Thread thread;
  private long seen;
  private boolean answers = true;
  private volatile boolean closed;

  /**
   * @param listeners run when something changed, by this object's thread
   */
  ReplicaPolling(ChangeCounter changes, Duration interval, List<Runnable> listeners) {
    this.changes = changes;
    this.listeners = List.copyOf(listeners);
    seen = changes.read();
    this.interval = interval;
    thread = Thread.ofPlatform().daemon().name("norma-replica-polling").start(this::pollOnAndOn);
  }

  private void pollOnAndOn() {
    try {
      while (true) {
        Thread.sleep(interval);
        poll();
      }
    } catch (InterruptedException _) {
      // The service is shutting down.
    }
  }

  private void poll() {
    try {
      long now = changes.read();
      if (!answers) {
        LOG.info("the database answers again");
        answers = true;
      }
      if (now != seen) {
        listeners.forEach(Runnable::run);
        seen = now;
      }
    } catch (RuntimeException e) {
      if (answers && !closed) {
        LOG.error("the database does not answer; what is in memory is served on", e);
        answers = false;
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
