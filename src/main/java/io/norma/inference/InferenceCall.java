package io.norma.inference;

import io.norma.inference.InferenceObserver.Inference;
import io.norma.inference.InferenceObserver.Outcome;
import io.norma.inference.batching.BatchRun;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.tensor.LimitException;
import io.norma.models.ServedModel;
import io.norma.network.TensorMetadata;
import io.norma.serving.ServingException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One inference from before its request is read until its response is written. Whoever begins it
 * ends it, once: with {@link #succeeded} or {@link #failed}.
 */
public final class InferenceCall {
  private final ServedModel model;
  private final AtomicInteger inFlight;
  private final InferenceObserver[] observers;
  private final InferenceTimer timer = new InferenceTimer();
  private Map<String, Object> used = Map.of();
  private int rows;
  private @Nullable String runningStatistics;
  private int rowsOfRun;
  private boolean counts;

  InferenceCall(ServedModel model, AtomicInteger inFlight, InferenceObserver... observers) {
    this.model = model;
    this.inFlight = inFlight;
    this.observers = observers;
    inFlight.incrementAndGet();
    // From here to its end it waits for no client: whoever is slow keeps no core from others.
    ComputePool.claim();
  }

  ServedModel model() {
    return model;
  }

  /** What the model declares that it reads. */
  public List<TensorMetadata> inputs() {
    return model.network().inputs();
  }

  InferenceTimer timer() {
    return timer;
  }

  void selected(Map<String, Object> used) {
    this.used = used;
  }

  void checked(int rows, @Nullable String runningStatistics) {
    this.rows = rows;
    this.runningStatistics = runningStatistics;
    timer.checked();
  }

  void ran(BatchRun run) {
    timer.computed(run.begin(), run.end());
    rowsOfRun = run.rows();
    counts = run.first();
  }

  /** Its response is ready to be sent. */
  public void succeeded() {
    timer.written();
    end(Outcome.SUCCESS);
  }

  /**
   * There is no response.
   *
   * @return what to throw in its place
   * @throws Error what was given, if it is one
   */
  public RuntimeException failed(Throwable e) {
    end(
        switch (e) {
          case LimitException memory -> memory.neverFits() ? Outcome.INVALID : Outcome.REJECTED;
          case ServingException refused -> outcome(refused);
          default -> Outcome.FAILED;
        });
    return switch (e) {
      case LimitException memory -> noMemory(model, memory);
      case RuntimeException fault -> fault;
      case Error error -> throw error;
      default -> new IllegalStateException(e);
    };
  }

  static ServingException noMemory(ServedModel model, LimitException e) {
    return ServingException.of(
        e.of("model '%s' cannot compute this request: ".formatted(model.name())));
  }

  private static Outcome outcome(ServingException e) {
    return switch (e) {
      case ServingException.Overloaded overloaded -> Outcome.REJECTED;
      case ServingException.Expired expired -> Outcome.EXPIRED;
      case ServingException.Unavailable unavailable -> Outcome.FAILED;
      default -> Outcome.INVALID;
    };
  }

  private void end(Outcome outcome) {
    ComputePool.release();
    inFlight.decrementAndGet();
    Inference inference =
        new Inference(
            model.identity(),
            runningStatistics,
            outcome,
            used,
            rows,
            rowsOfRun,
            counts,
            timer.input(),
            timer.queue(),
            timer.compute(),
            timer.output(),
            timer.total());
    for (InferenceObserver observer : observers) {
      observer.ended(inference);
    }
  }
}
