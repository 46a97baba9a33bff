package io.norma.scheduling;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/**
 * What is to be done at its time while the service runs, and no longer when the first of it stops:
 * what a task needs is there to the end.
 *
 * <p>Its threads are never interrupted. An interrupt while an embedded database reads closes that
 * database's file.
 */
public final class Schedule implements SmartLifecycle {
  private static final Duration LONGEST_END = Duration.ofSeconds(1);

  private record Repetition(Duration interval, Runnable task) {}

  private final List<Repetition> repetitions = new ArrayList<>();
  private @Nullable ThreadPoolTaskScheduler scheduler;

  /**
   * Does something again and again, from the start on, or from now on if that was before. What one
   * time throws is logged, and the next comes all the same.
   *
   * @param interval before the first time, and from the end of one to the beginning of the next
   */
  public synchronized void repeat(Duration interval, Runnable task) {
    Repetition repetition = new Repetition(interval, task);
    repetitions.add(repetition);
    if (scheduler != null) {
      scheduler.setPoolSize(threads());
      begin(scheduler, repetition);
    }
  }

  /** Does something once, unless the service stops before. It must not take long. */
  public synchronized void once(Duration delay, Runnable task) {
    if (scheduler != null) {
      var _ = scheduler.schedule(task, scheduler.getClock().instant().plus(delay));
    }
  }

  /** No repetition waits for another, nor for what is done once. */
  private int threads() {
    return repetitions.size() + 1;
  }

  private static void begin(ThreadPoolTaskScheduler scheduler, Repetition repetition) {
    var _ =
        scheduler.scheduleWithFixedDelay(
            repetition.task,
            scheduler.getClock().instant().plus(repetition.interval),
            repetition.interval);
  }

  @Override
  public synchronized void start() {
    if (scheduler != null) {
      return;
    }
    ThreadPoolTaskScheduler started = new ThreadPoolTaskScheduler();
    started.setBeanName("schedule");
    started.setThreadNamePrefix("norma-schedule-");
    started.setDaemon(true);
    started.setPoolSize(threads());
    // Otherwise it would interrupt them.
    started.setWaitForTasksToCompleteOnShutdown(true);
    started.setAwaitTerminationMillis(LONGEST_END.toMillis());
    // What would be done once, and later, is not waited for.
    started.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    started.initialize();
    repetitions.forEach(repetition -> begin(started, repetition));
    scheduler = started;
  }

  /** Waits for what runs; without the lock, for that may yet plan something. */
  @Override
  public void stop() {
    ThreadPoolTaskScheduler stopped;
    synchronized (this) {
      stopped = scheduler;
      scheduler = null;
    }
    if (stopped != null) {
      stopped.shutdown();
    }
  }

  @Override
  public synchronized boolean isRunning() {
    return scheduler != null;
  }
}
