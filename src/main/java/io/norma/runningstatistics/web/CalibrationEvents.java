package io.norma.runningstatistics.web;

import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.CalibrationService;
import io.norma.runningstatistics.web.CalibrationMessages.Progress;
import io.norma.serving.ServingException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Server-sent events of a calibration: {@code progress} when batches came, whichever replica took
 * them, and at the end {@code published} or {@code deleted}.
 */
@Component
final class CalibrationEvents implements SmartLifecycle {
  private static final int MOST_STREAMS = 256;
  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(15);

  private final CalibrationService service;
  private final Semaphore streams = new Semaphore(MOST_STREAMS);
  private volatile CountDownLatch stopped = new CountDownLatch(0);

  CalibrationEvents(CalibrationService service) {
    this.service = service;
  }

  SseEmitter of(String model, String id) {
    if (!isRunning()) {
      throw new ServingException.Unavailable("the service is shutting down", null);
    }
    if (!streams.tryAcquire()) {
      throw new ServingException.Overloaded(
          MOST_STREAMS + " event streams are open: poll the calibration instead", 10);
    }
    SseEmitter emitter = new SseEmitter(0L);
    Thread.ofVirtual()
        .name("calibration-events")
        .start(() -> {
          try {
            follow(emitter, model, id);
            emitter.complete();
          } catch (IOException | IllegalStateException _) {
            // The caller has gone.
          } catch (InterruptedException _) {
            emitter.complete();
          } catch (RuntimeException e) {
            emitter.completeWithError(e);
          } finally {
            streams.release();
          }
        });
    return emitter;
  }

  private void follow(SseEmitter emitter, String model, String id)
      throws IOException, InterruptedException {
    long batches = -1;
    long lastSign = System.nanoTime();
    // Not to be interrupted instead: that would close the file of an embedded database.
    while (isRunning()) {
      Calibration calibration;
      try {
        calibration = service.find(model, id);
      } catch (ServingException.NotFound _) {
        emitter.send(SseEmitter.event().name("deleted").data("{}", MediaType.APPLICATION_JSON));
        return;
      }
      boolean published = calibration.publishedRevision() != null;
      if (published || calibration.batches() != batches) {
        batches = calibration.batches();
        emitter.send(
            SseEmitter.event()
                .id(Long.toString(batches))
                .name(published ? "published" : "progress")
                .data(Progress.of(calibration), MediaType.APPLICATION_JSON));
        lastSign = System.nanoTime();
      }
      if (published) {
        return;
      }
      if (System.nanoTime() - lastSign > SIGN_OF_LIFE.toNanos()) {
        emitter.send(SseEmitter.event().comment(""));
        lastSign = System.nanoTime();
      }
      boolean ends = stopped.await(POLL.toNanos(), TimeUnit.NANOSECONDS);
      if (ends) {
        return;
      }
    }
  }

  @Override
  public void start() {
    stopped = new CountDownLatch(1);
  }

  /** Ends all streams, for the server that stops next waits for what it still answers. */
  @Override
  public void stop() {
    stopped.countDown();
  }

  @Override
  public boolean isRunning() {
    return stopped.getCount() > 0;
  }
}
