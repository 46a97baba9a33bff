package io.norma.inference;

import io.norma.serving.NetworkIdentity;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Hears of every inference on a known model. */
@FunctionalInterface
public interface InferenceObserver {
  /** Called once an inference has ended, well or badly, by the thread that served it. */
  void ended(Inference inference);

  /** How an inference ended. */
  enum Outcome {
    SUCCESS,
    /** The caller's fault. */
    INVALID,
    /** Turned away because too many waited. */
    REJECTED,
    /** Its time was over before its turn came. */
    EXPIRED,
    /** The service's fault. */
    FAILED
  }

  /**
   * One inference, with times in nanoseconds; a part that was not reached took 0.
   *
   * @param runningStatistics that it was to run by, as {@code night@3}; {@code null} if it ended
   *     before that was known, or ran by the batch's own
   * @param used what the response's parameters name, such as the running statistics; empty if that
   *     was not reached
   * @param rows extent of the batch axis
   * @param rowsOfRun of all requests that ran together with it, its own among them
   * @param counts whether it is the one of them that the run is counted for
   * @param input reading and checking the request
   * @param queue waiting for a free compute slot
   * @param compute in the execution plan alone
   * @param output writing the response
   * @param total from the first part to the end of the last
   */
  record Inference(
      NetworkIdentity network,
      @Nullable String runningStatistics,
      Outcome outcome,
      Map<String, Object> used,
      int rows,
      int rowsOfRun,
      boolean counts,
      long input,
      long queue,
      long compute,
      long output,
      long total) {}
}
