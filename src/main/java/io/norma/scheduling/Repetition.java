package io.norma.scheduling;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Does something again and again while the service runs, and no longer when the first of it stops:
 * what it needs is there to the end.
 *
 * <p>Its thread is never interrupted. An interrupt while an embedded database reads closes that
 * database's file.
 */
public abstract class Repetition implements SmartLifecycle {
  private static final Duration LONGEST_END = Duration.ofSeconds(1);

  private final String name;
  private final Duration interval;
  private @Nullable ScheduledExecutorService executor;

  /**
   * @param name of the thread
   * @param interval from the end of one time to the beginning of the next
   */
  protected Repetition(String name, Duration interval) {
    this.name = name;
    this.interval = interval;
  }

  /** Does it once. What it throws ends the repetition. */
  protected abstract void run();

  @Override
  public final synchronized void start() {
    ScheduledExecutorService started =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name(name).factory());
    executor = started;
    var _ =
        started.scheduleWithFixedDelay(
            this::run, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public final synchronized void stop() {
    ScheduledExecutorService stopped = executor;
    executor = null;
    if (stopped != null) {
      stopped.shutdown();
      try {
        boolean ended = stopped.awaitTermination(LONGEST_END.toNanos(), TimeUnit.NANOSECONDS);
        assert ended || stopped.isShutdown();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public final synchronized boolean isRunning() {
    return executor != null;
  }
}
