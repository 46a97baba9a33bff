package io.norma.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ScheduleTest {
  private static final Duration SOON = Duration.ofMillis(5);

  private final Schedule schedule = new Schedule();

  @AfterEach
  void stop() {
    schedule.stop();
  }

  @Test
  void repeatsWhatWasPlannedBeforeTheStartAndAfterIt() {
    AtomicInteger early = new AtomicInteger();
    AtomicInteger late = new AtomicInteger();
    schedule.repeat(SOON, early::incrementAndGet);
    assertThat(schedule.isRunning()).isFalse();
    schedule.start();
    schedule.repeat(SOON, late::incrementAndGet);

    await().until(() -> early.get() > 2 && late.get() > 2);
  }

  @Test
  void goesOnAfterAnException() {
    AtomicInteger times = new AtomicInteger();
    schedule.repeat(
        SOON,
        () -> {
          times.incrementAndGet();
          throw new IllegalStateException("one time of many");
        });
    schedule.start();

    await().until(() -> times.get() > 2);
  }

  @Test
  void letsNoRepetitionWaitForAnother() {
    CountDownLatch slowOneEnds = new CountDownLatch(1);
    AtomicInteger times = new AtomicInteger();
    AtomicBoolean once = new AtomicBoolean();
    schedule.repeat(SOON, () -> awaitUninterrupted(slowOneEnds));
    schedule.repeat(SOON, times::incrementAndGet);
    schedule.start();
    schedule.once(SOON, () -> once.set(true));

    await().until(() -> times.get() > 2 && once.get());
    slowOneEnds.countDown();
  }

  /** An interrupt would close the file of an embedded database that is being read. */
  @Test
  void waitsAtTheStopForWhatRunsAndNeverInterruptsIt() {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch stopping = new CountDownLatch(1);
    AtomicBoolean ended = new AtomicBoolean();
    AtomicBoolean interrupted = new AtomicBoolean();
    schedule.repeat(
        SOON,
        () -> {
          begun.countDown();
          interrupted.set(awaitUninterrupted(stopping));
          ended.set(true);
        });
    schedule.start();
    awaitUninterrupted(begun);
    Thread waiting = Thread.ofPlatform().start(schedule::stop);
    await().until(() -> !schedule.isRunning() && waiting.getState() == Thread.State.TIMED_WAITING);
    assertThat(ended).isFalse();
    stopping.countDown();

    await().untilAsserted(() -> assertThat(waiting.isAlive()).isFalse());
    assertThat(ended).isTrue();
    assertThat(interrupted).isFalse();
  }

  @Test
  void doesNotWaitAtTheStopForWhatIsForLater() {
    AtomicBoolean done = new AtomicBoolean();
    schedule.start();
    schedule.once(Duration.ofHours(1), () -> done.set(true));
    long begin = System.nanoTime();
    schedule.stop();

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMinutes(1));
    schedule.once(Duration.ZERO, () -> done.set(true));
    assertThat(done).isFalse();
  }

  @Test
  void repeatsAgainWhenItIsStartedAgain() {
    AtomicInteger times = new AtomicInteger();
    schedule.repeat(SOON, times::incrementAndGet);
    schedule.start();
    schedule.stop();
    int before = times.get();
    schedule.start();

    await().until(() -> times.get() > before);
  }

  /** Whether it was interrupted. */
  private static boolean awaitUninterrupted(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
      return false;
    } catch (InterruptedException _) {
      return true;
    }
  }
}
