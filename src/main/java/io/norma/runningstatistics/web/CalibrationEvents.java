package io.norma.runningstatistics.web;

import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.CalibrationService;
import io.norma.scheduling.Schedule;
import io.norma.serving.ServingException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Server-sent events of a calibration: {@code progress} when batches came, whichever replica took
 * them, and at the end {@code published} or {@code deleted}. All streams are looked after together;
 * a calibration is asked for once, however many follow it.
 */
@Component
final class CalibrationEvents implements SmartLifecycle {
  private static final Duration POLL = Duration.ofMillis(250);

  private record Followed(String model, String id) {}

  private final CalibrationService service;
  private final Clock clock;
  private final int maxStreams;
  private final Semaphore places;
  private final Map<CalibrationStream, Followed> streams = new ConcurrentHashMap<>();
  private volatile boolean running;

  CalibrationEvents(
      CalibrationService service, Schedule schedule, Clock clock, EventStreamSettings settings) {
    maxStreams = settings.maxEventStreams();
    places = new Semaphore(maxStreams);
    this.service = service;
    this.clock = clock;
    schedule.repeat(POLL, this::look);
  }

  SseEmitter of(String model, String id) {
    if (!running) {
      throw new ServingException.Unavailable("the service is shutting down", null);
    }
    if (!places.tryAcquire()) {
      throw new ServingException.Overloaded(
          maxStreams
              + " event streams are open, as many as norma.calibration.max-event-streams allows:"
              + " poll the calibration instead",
          10);
    }
    SseEmitter emitter = new SseEmitter(0L);
    CalibrationStream stream = new CalibrationStream(emitter, clock, this::forget);
    Followed followed = new Followed(model, id);
    streams.put(stream, followed);
    var _ = tell(followed, List.of(stream));
    if (!running) {
      // Those that were there when it stopped have been ended; this one came after.
      stream.end();
    }
    return emitter;
  }

  private void forget(CalibrationStream stream) {
    if (streams.remove(stream) != null) {
      places.release();
    }
  }

  private void look() {
    Map<Followed, List<CalibrationStream>> free = new HashMap<>();
    streams.forEach((stream, followed) -> {
      stream.giveSignOfLife();
      if (stream.isFree()) {
        free.computeIfAbsent(followed, _ -> new ArrayList<>()).add(stream);
      }
    });
    for (Map.Entry<Followed, List<CalibrationStream>> each : free.entrySet()) {
      boolean answered = tell(each.getKey(), each.getValue());
      if (!answered) {
        // The others would wait as long for a database that has gone; they have another look.
        return;
      }
    }
  }

  /** Whether the database said how the calibration is; those who follow it end if not. */
  private boolean tell(Followed followed, List<CalibrationStream> streams) {
    Calibration calibration;
    try {
      calibration = service.find(followed.model, followed.id);
    } catch (ServingException.NotFound _) {
      streams.forEach(CalibrationStream::tellDeleted);
      return true;
    } catch (RuntimeException e) {
      streams.forEach(stream -> stream.fail(e));
      return false;
    }
    streams.forEach(stream -> stream.tell(calibration));
    return true;
  }

  @Override
  public void start() {
    running = true;
  }

  /** Ends all streams, for the server that stops next waits for what it still answers. */
  @Override
  public void stop() {
    running = false;
    streams.keySet().forEach(CalibrationStream::end);
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
