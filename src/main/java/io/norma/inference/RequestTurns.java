package io.norma.inference;

import io.norma.admission.AdmissionSettings;
import io.norma.admission.Turn;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ModelConfig;
import io.norma.serving.ServingException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * When it is a request's turn, by the parameters that Triton's clients send: {@code priority}, 1
 * for the most urgent, and {@code timeout} in microseconds. 0 is for what is usual here.
 */
public final class RequestTurns {
  private static final String PRIORITY = "priority";
  private static final String TIMEOUT = "timeout";
  private static final long LONGEST = TimeUnit.DAYS.toMicros(365);

  private final Usual usual;

  RequestTurns(AdmissionSettings.Inference settings) {
    usual =
        new Usual(settings.priorityLevels(), settings.defaultPriority(), settings.defaultTimeout());
  }

  /**
   * What a request may ask for, and gets that asks for nothing.
   *
   * @param levels of priority
   * @param level of those
   * @param timeout 0 for as long as it takes
   */
  public record Usual(int levels, int level, Duration timeout) {}

  /** What is usual for a model: what is written about it goes first. */
  public Usual usual(ModelConfig config) {
    ModelConfig.Batching own = config.batching();
    if (own == null) {
      return usual;
    }
    return new Usual(
        own.priorityLevels() == null ? usual.levels : own.priorityLevels(),
        own.defaultPriority() == null ? usual.level : own.defaultPriority(),
        own.defaultTimeout() == null ? usual.timeout : own.defaultTimeout());
  }

  /**
   * The turn of a request.
   *
   * @param config of the model that it is for
   * @param arrived when it came, by {@link System#nanoTime}
   * @throws ServingException.Invalid if a parameter is no whole number, or below 0
   */
  Turn of(InferenceRequest request, ModelConfig config, long arrived) {
    Usual here = usual(config);
    long priority = parameter(request, PRIORITY);
    long timeout = parameter(request, TIMEOUT);
    int level = priority < 1 || priority > here.levels ? here.level : (int) priority;
    long nanos =
        timeout > 0
            ? TimeUnit.MICROSECONDS.toNanos(Math.min(timeout, LONGEST))
            : here.timeout.toNanos();
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
