package io.norma.runningstatistics.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.certificate.Probing;
import io.norma.scheduling.SettableClock;
import io.norma.serving.NetworkIdentity;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

final class CalibrationStreamTest {
  private static final NetworkIdentity NETWORK = new NetworkIdentity("digits", 1, "a".repeat(64));

  private final SettableClock clock = new SettableClock();
  private final Caller caller = new Caller();
  private final List<CalibrationStream> ended = new CopyOnWriteArrayList<>();
  private final CalibrationStream stream = new CalibrationStream(caller, clock, ended::add);

  @Test
  void tellsWhatIsNewOnceAndEndsWithThePublication() {
    caller.reads(10);
    tell(0, null);
    tell(0, null);
    tell(1, null);
    tell(1, 7);

    await().until(() -> ended.equals(List.of(stream)));
    assertThat(caller.told)
        .containsExactly("id:0 event:progress", "id:1 event:progress", "id:1 event:published");
    assertThat(caller.completed).isTrue();
    tell(2, null);
    assertThat(caller.told).hasSize(3);
  }

  @Test
  void neitherWaitsForASlowReaderNorSendsItTwoEventsAtOnce() {
    stream.tell(calibration(1, null));
    await().until(caller.permits::hasQueuedThreads);
    assertThat(stream.isFree()).isFalse();
    // Returns at once, although the first event is not read yet.
    stream.tell(calibration(2, null));
    assertThat(caller.told).isEmpty();

    caller.reads(10);
    tell(3, null);
    await()
        .untilAsserted(() ->
            assertThat(caller.told).containsExactly("id:1 event:progress", "id:3 event:progress"));
  }

  @Test
  void givesASignOfLifeFifteenSecondsAfterTheLast() {
    caller.reads(10);
    clock.advance(Duration.ofSeconds(15));
    stream.giveSignOfLife();
    assertThat(stream.isFree()).isTrue();
    clock.advance(Duration.ofMillis(1));
    stream.giveSignOfLife();

    await().untilAsserted(() -> assertThat(caller.told).containsExactly(":"));
    awaitFree();
    clock.advance(Duration.ofSeconds(10));
    stream.giveSignOfLife();
    assertThat(stream.isFree()).isTrue();
  }

  @Test
  void endsAfterWhatIsBeingSent() {
    stream.tell(calibration(1, null));
    await().until(caller.permits::hasQueuedThreads);
    stream.end();
    assertThat(ended).isEmpty();
    caller.reads(2);

    await().until(() -> ended.equals(List.of(stream)));
    assertThat(caller.told).containsExactly("id:1 event:progress", "event:closing");
    assertThat(caller.completed).isTrue();
  }

  @Test
  void endsWhenTheCallerHasGone() {
    caller.isGone = true;
    caller.reads(1);
    stream.tell(calibration(1, null));

    await().until(() -> ended.equals(List.of(stream)));
    assertThat(caller.completed).isFalse();
  }

  private void tell(long batches, @Nullable Integer revision) {
    awaitFree();
    stream.tell(calibration(batches, revision));
  }

  private void awaitFree() {
    await().until(() -> stream.isFree() || !ended.isEmpty());
  }

  private static Calibration calibration(long batches, @Nullable Integer revision) {
    return new Calibration(
        "c",
        NETWORK,
        "night",
        RevisionName.IMPORTED,
        Estimator.POOLED,
        VarianceConvention.UNBIASED,
        2,
        Instant.EPOCH,
        "ann",
        batches,
        batches,
        Probing.NONE,
        revision);
  }

  /** Reads as many events as it is allowed to; until then whoever sends one waits. */
  private static final class Caller extends SseEmitter {
    private final Semaphore permits = new Semaphore(0);
    private final List<String> told = new CopyOnWriteArrayList<>();
    private volatile boolean isGone;
    private volatile boolean completed;

    void reads(int events) {
      permits.release(events);
    }

    @Override
    public void send(SseEventBuilder event) throws IOException {
      permits.acquireUninterruptibly();
      if (isGone) {
        throw new IOException("broken pipe");
      }
      told.add(
          event.build().stream()
              .map(part -> String.valueOf(part.getData()))
              .collect(Collectors.joining())
              .lines()
              .filter(
                  line -> line.startsWith("id:") || line.startsWith("event:") || line.equals(":"))
              .collect(Collectors.joining(" ")));
    }

    @Override
    public void complete() {
      completed = true;
    }
  }
}
