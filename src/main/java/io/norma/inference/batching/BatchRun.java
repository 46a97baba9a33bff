package io.norma.inference.batching;

import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * What a request's run has come to.
 *
 * @param outputs its own rows, in the order of the network's outputs
 * @param rows of all requests that ran with it, its own among them
 * @param first whether it is the one of them that the run is counted for
 * @param begin when computing began, by {@link System#nanoTime}
 * @param end when it ended
 */
public record BatchRun(List<Tensor> outputs, int rows, boolean first, long begin, long end) {
  /** One that has just ended, of a request by itself. */
  public static BatchRun alone(List<Tensor> outputs, int rows, long begin) {
    return new BatchRun(outputs, rows, true, begin, System.nanoTime());
  }
}
