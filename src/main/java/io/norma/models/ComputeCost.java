package io.norma.models;

import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * What runs of a model have taken, per element of their inputs: about what the next one will take.
 * The latest counts for an eighth. Threads that write at the same time may lose one of two
 * measurements, and nothing else.
 */
public final class ComputeCost {
  private static final double LATEST = 1.0 / 8;
  private static final double UNKNOWN = -1;

  private volatile double nanosPerElement = UNKNOWN;

  /** Notes how long a run took. */
  public void ran(List<Tensor> inputs, long nanos) {
    double measured = (double) nanos / elements(inputs);
    double known = nanosPerElement;
    nanosPerElement = known < 0 ? measured : known + LATEST * (measured - known);
  }

  /** Nanoseconds that a run on these inputs will take; very many where none has been seen. */
  public long expected(List<Tensor> inputs) {
    double known = nanosPerElement;
    return known < 0 ? Long.MAX_VALUE : (long) (known * elements(inputs));
  }

  private static long elements(List<Tensor> inputs) {
    long elements = 1;
    for (Tensor input : inputs) {
      elements += input.size();
    }
    return elements;
  }
}
