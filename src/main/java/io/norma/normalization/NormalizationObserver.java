package io.norma.normalization;

/** Hears of every request to normalize. */
@FunctionalInterface
public interface NormalizationObserver {
  /** Called once a request has ended, well or badly, by the thread that served it. */
  void ended(Normalization normalization);

  /** How a request ended. */
  enum Outcome {
    SUCCESS,
    /** The caller's fault. */
    INVALID,
    /** Turned away because too many waited. */
    REJECTED,
    /** The service's fault. */
    FAILED
  }

  /**
   * One request, with times in nanoseconds.
   *
   * @param kind batch, group, instance, layer or normalizer, a gradient's with {@code -gradient}
   * @param mode training or inference; {@code none} where there is no such thing
   * @param rows extent of the input's first axis
   * @param elements of the input
   * @param compute in the kernel alone
   * @param total from the request's first byte read to the last of the answer prepared
   */
  record Normalization(
      String kind,
      String mode,
      Outcome outcome,
      long rows,
      long elements,
      long compute,
      long total) {}
}
