package io.norma.models;

import io.norma.admission.ComputeSlots;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.TensorMetadata;
import java.util.List;
import java.util.Set;

/**
 * What runs of a model take that nothing gets in the way of, per element of their inputs. A run
 * that was faster than what is known counts for an eighth; one that was slower was most likely kept
 * from the processor, and raises it by a hundredth, so that it follows all the same where all are
 * slower. Threads that write at the same time may lose one of two measurements, and nothing else.
 *
 * <p>Where values decide how much there is to do, such as how often a loop runs, nothing is known;
 * but where a run took very long lately, the next is taken for one that does, too.
 */
public final class ComputeCost {
  private static final double FASTER = 1.0 / 8;
  private static final double SLOWER = 1.0 / 100;
  private static final double UNKNOWN = -1;

  /** Of which each run that was faster leaves less. */
  private static final double FORGETS = 0.9;

  /** Nanoseconds. */
  private static final long VERY_LONG = 10_000_000_000L;

  private static final Set<String> LOOPS = Set.of("Loop", "Scan");

  private final boolean isDecidedByValues;
  private volatile double nanosPerElement = UNKNOWN;
  private volatile double slowest;

  ComputeCost(Network network) {
    isDecidedByValues =
        network.nodes().stream().anyMatch(node -> LOOPS.contains(node.operator()))
            || network.inputs().stream().anyMatch(ComputeCost::isSize);
  }

  /** Whether an input may be a size or a count. */
  private static boolean isSize(TensorMetadata input) {
    return !input.dataType().isFloatingPoint() && input.shape().size() < 2;
  }

  /** Notes how long a run took. */
  public void ran(List<Tensor> inputs, long nanos) {
    if (isDecidedByValues) {
      slowest = Math.max((double) nanos, FORGETS * slowest);
    }
    double measured = (double) nanos / elements(inputs);
    double known = nanosPerElement;
    if (known < 0) {
      nanosPerElement = measured;
    } else if (measured < known) {
      nanosPerElement = known - FASTER * (known - measured);
    } else {
      nanosPerElement = Math.min(measured, known * (1 + SLOWER));
    }
  }

  /** Nanoseconds that a run on these inputs will take; very many where none has been seen. */
  public long expected(List<Tensor> inputs) {
    double known = nanosPerElement;
    if (isDecidedByValues && slowest > VERY_LONG) {
      return (long) slowest;
    }
    return known < 0 || isDecidedByValues
        ? ComputeSlots.UNKNOWN
        : (long) (known * elements(inputs));
  }

  private static long elements(List<Tensor> inputs) {
    long elements = 1;
    for (Tensor input : inputs) {
      elements += input.size();
    }
    return elements;
  }
}
