package io.norma.runningstatistics.web;

import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.web.CalibrationMessages.Progress;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * One caller's events of a calibration. Each is sent by a thread of its own, for the caller may be
 * slow to read; until it is sent, nothing else is. Nothing is lost by that: what comes meanwhile is
 * seen at a later look.
 */
final class CalibrationStream {
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(15);

  private final SseEmitter emitter;
  private final Clock clock;
  private final Consumer<CalibrationStream> ended;

  /** Whether something is being sent; whoever sets it owns the two fields that follow. */
  private final AtomicBoolean sending = new AtomicBoolean();

  private long batches = -1;
  private Instant lastSign;

  private volatile boolean ending;

  /**
   * @param ended called once, when nothing more is sent
   */
  CalibrationStream(SseEmitter emitter, Clock clock, Consumer<CalibrationStream> ended) {
    this.emitter = emitter;
    this.clock = clock;
    this.ended = ended;
    lastSign = clock.instant();
  }

  private interface Sending {
    void to(SseEmitter emitter) throws IOException;
  }

  /** Whether it could send something now. */
  boolean isFree() {
    return !sending.get();
  }

  /** Tells what is new of the calibration; with its publication the stream ends. */
  void tell(Calibration calibration) {
    if (!take()) {
      return;
    }
    boolean published = calibration.publishedRevision() != null;
    if (published || calibration.batches() != batches) {
      batches = calibration.batches();
      var event =
          SseEmitter.event()
              .id(Long.toString(batches))
              .name(published ? "published" : "progress")
              .data(Progress.of(calibration), MediaType.APPLICATION_JSON);
      send(to -> to.send(event), published);
    } else {
      release();
    }
  }

  /** Tells, as the last thing, that there is no such calibration any more. */
  void tellDeleted() {
    if (take()) {
      var event = SseEmitter.event().name("deleted").data("{}", MediaType.APPLICATION_JSON);
      send(to -> to.send(event), true);
    }
  }

  /** Has what stands between here and the caller keep the connection open. */
  void giveSignOfLife() {
    if (!take()) {
      return;
    }
    if (clock.instant().isAfter(lastSign.plus(SIGN_OF_LIFE))) {
      send(to -> to.send(SseEmitter.event().comment("")), false);
    } else {
      release();
    }
  }

  /** Ends it as one that failed. */
  void fail(RuntimeException failure) {
    if (take()) {
      send(to -> to.completeWithError(failure), true);
    }
  }

  /** Ends it as the service does, after what is being sent. */
  void end() {
    ending = true;
    endIfFree();
  }

  private void endIfFree() {
    if (ending && take()) {
      var event = SseEmitter.event().name("closing").data("{}", MediaType.APPLICATION_JSON);
      send(to -> to.send(event), true);
    }
  }

  private boolean take() {
    return sending.compareAndSet(false, true);
  }

  private void release() {
    sending.set(false);
    // Who asked for the end meanwhile found it taken.
    endIfFree();
  }

  private void send(Sending what, boolean last) {
    Thread.ofVirtual().name("calibration-events").start(() -> sendHere(what, last));
  }

  private void sendHere(Sending what, boolean last) {
    boolean goesOn = false;
    try {
      what.to(emitter);
      if (last) {
        emitter.complete();
      }
      lastSign = clock.instant();
      goesOn = !last;
    } catch (IOException | IllegalStateException _) {
      // The caller has gone.
    } catch (RuntimeException e) {
      emitter.completeWithError(e);
    } finally {
      if (goesOn) {
        release();
      } else {
        ended.accept(this);
      }
    }
  }
}
