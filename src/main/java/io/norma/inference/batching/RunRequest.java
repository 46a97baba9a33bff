package io.norma.inference.batching;

import io.norma.admission.ComputeSlots;
import io.norma.admission.Turn;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ComputeCost;
import io.norma.network.RowStatistics;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The run that one request wants, and what has become of it. */
final class RunRequest {
  /** Who has it. */
  enum State {
    /** It waits to be taken into a batch. */
    WAITING,
    /** It is in a batch. */
    TAKEN,
    /** There are outputs, or there is a reason why not. */
    DONE
  }

  final List<Tensor> inputs;
  final RowStatistics statistics;
  final Turn turn;
  final int rows;

  /** About how many nanoseconds it takes. */
  final long expected;

  /** Whether all inputs have as many rows: only then it is known which belong together. */
  private final boolean even;

  final long arrived = System.nanoTime();
  private final Thread thread = Thread.currentThread();

  /** Changed under the lock of its queue until it is taken. */
  volatile State state = State.WAITING;

  private @Nullable BatchRun run;
  private @Nullable RuntimeException refused;
  private @Nullable Error failed;

  RunRequest(List<Tensor> inputs, RowStatistics statistics, Turn turn, long expected) {
    this.inputs = inputs;
    this.statistics = statistics;
    this.turn = turn;
    this.expected = expected;
    rows = inputs.isEmpty() ? 1 : rows(inputs.getFirst());
    even = !inputs.isEmpty() && inputs.stream().allMatch(input -> rows(input) == rows);
  }

  private static int rows(Tensor input) {
    return input.shape().rank() == 0 ? 1 : input.shape().dimension(0);
  }

  /**
   * Whether it goes before another that waits for the same model and came before it.
   *
   * @param cost of the model's runs, as it is known now: equal requests keep their order
   */
  boolean goesBefore(RunRequest earlier, ComputeCost cost) {
    if (turn.level() != earlier.turn.level()) {
      return turn.level() < earlier.turn.level();
    }
    long courtesy =
        ComputeSlots.courtesy(cost.expected(earlier.inputs))
            - ComputeSlots.courtesy(cost.expected(inputs));
    return courtesy > arrived - earlier.arrived;
  }

  /** Whether rows of both may stand in one tensor. */
  boolean fits(RunRequest other) {
    if (!even || !other.even) {
      return false;
    }
    for (int i = 0; i < inputs.size(); i++) {
      Shape shape = inputs.get(i).shape();
      Shape otherShape = other.inputs.get(i).shape();
      if (!shape.with(0, 1).equals(otherShape.with(0, 1))) {
        return false;
      }
    }
    return true;
  }

  /** Waits until it is done, or time is up. */
  void await(long nanos) {
    LockSupport.parkNanos(this, nanos);
  }

  /** Wakes its thread. */
  void wake() {
    LockSupport.unpark(thread);
  }

  void succeed(BatchRun outcome) {
    run = outcome;
    state = State.DONE;
  }

  void fail(Throwable reason) {
    switch (reason) {
      case RuntimeException e -> refused = e;
      case Error e -> failed = e;
      default -> refused = new IllegalStateException(reason);
    }
    state = State.DONE;
  }

  /** What it has come to. */
  BatchRun outcome() {
    if (refused != null) {
      throw refused;
    }
    if (failed != null) {
      throw failed;
    }
    if (run == null) {
      throw new IllegalStateException("the run is not over");
    }
    return run;
  }
}
