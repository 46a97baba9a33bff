package io.norma.inference;

import io.norma.admission.AdmissionSettings;
import io.norma.admission.Turn;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ServingException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * When it is a request's turn, by the parameters that Triton's clients send: {@code priority}, 1
 * for the most urgent, and {@code timeout} in microseconds. 0 is for what is usual here.
 */
final class RequestTurns {
  private static final String PRIORITY = "priority";
  private static final String TIMEOUT = "timeout";
  private static final long LONGEST = TimeUnit.DAYS.toMicros(365);

  private final int levels;
  private final int usualLevel;
  private final Duration usualTimeout;

  RequestTurns(AdmissionSettings.Inference settings) {
    levels = settings.priorityLevels();
    usualLevel = settings.defaultPriority();
    usualTimeout = settings.defaultTimeout();
  }

  /**
   * The turn of a request.
   *
   * @param arrived when it came, by {@link System#nanoTime}
   * @throws ServingException.Invalid if a parameter is no whole number, or below 0
   */
  Turn of(InferenceRequest request, long arrived) {
    long priority = parameter(request, PRIORITY);
    long timeout = parameter(request, TIMEOUT);
    int level = priority < 1 || priority > levels ? usualLevel : (int) priority;
    long nanos =
        timeout > 0
            ? TimeUnit.MICROSECONDS.toNanos(Math.min(timeout, LONGEST))
            : usualTimeout.toNanos();
    return new Turn(level, nanos > 0 ? arrived + nanos : Turn.NO_DEADLINE);
  }

  private static long parameter(InferenceRequest request, String name) {
    Object value = request.parameters().getOrDefault(name, 0L);
    if (value instanceof Long number && number >= 0) {
      return number;
    }
    throw new ServingException.Invalid(
        "parameter '%s' must be a whole number from 0 to 2^63-1, but is %s"
            .formatted(name, value instanceof String ? "\"" + value + "\"" : value));
  }
}
