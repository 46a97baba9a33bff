package io.norma.serving;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.model.LayerException;
import io.norma.model.TensorMetadata;
import io.norma.model.Workspace;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a model on zeros until its kernels run compiled code: until no run has been faster for a
 * while and no kernel waits for the compiler, or the time is up. The first runs of a large network
 * can take all of the time while they are still interpreted, so the time counts only after {@value
 * #LEAST_RUNS} runs.
 *
 * <p>Single rows come first, then rows by the batch, which other kernels compute, if the model
 * takes batches and they need little memory.
 *
 * <p>A model whose inputs have dynamic extents besides the batch runs at a guess of them; where
 * that does not fit, it starts cold. A model without such extents that does not run is refused.
 */
final class Warmup {
  private static final Logger LOG = LoggerFactory.getLogger(Warmup.class);
  private static final int LEAST_RUNS = 16;
  private static final double FASTER = 0.95;
  private static final long STEADY_NANOS = 200_000_000;

  /** The compiler takes up a method without loops after 5,000 calls, one with loops sooner. */
  private static final int HOT_RUNS = 5_000;

  /** For networks of which so many runs would take too long. */
  private static final long HOT_NANOS = 2_500_000_000L;

  private static final int GUESSED_EXTENT = 32;

  /** A full tile of rows in the matrix product, and one row over. */
  private static final int BATCH = 15;

  private static final long LARGEST_BATCH_BYTES = 16 << 20;

  private final Duration atMost;

  Warmup(Duration atMost) {
    this.atMost = atMost;
  }

  /**
   * Warms a model.
   *
   * @throws ServingException.Invalid if it cannot run at all
   */
  void run(ServedModel model) {
    long start = System.nanoTime();
    Workspace workspace = model.takeWorkspace();
    Pace single;
    try {
      single = repeat(model, 1, workspace, start);
    } catch (LayerException e) {
      if (!guesses(model)) {
        throw new ServingException.Invalid("the network does not run: " + e.getMessage(), e);
      }
      LOG.warn(
          "model {} version {} is not warmed: it did not run at a guess of its dynamic extents: {}",
          model.name(),
          model.version(),
          e.getMessage());
      return;
    } finally {
      model.giveBack(workspace);
    }
    if (takesBatches(model) && workspace.bytes() * BATCH <= LARGEST_BATCH_BYTES) {
      try {
        repeat(model, BATCH, new Workspace(), start);
      } catch (LayerException e) {
        // The first extent is open for another reason: requests of one row are warm.
        LOG.debug("model {} version {} takes no batches", model.name(), model.version(), e);
      }
    }
    LOG.info(
        "model {} version {} warmed in {} ms: {} runs of one row, the first {} µs, the fastest {}"
            + " µs",
        model.name(),
        model.version(),
        (System.nanoTime() - start) / 1_000_000,
        single.runs,
        single.first / 1_000,
        single.fastest / 1_000);
  }

  /** How fast runs were, in nanoseconds. */
  private record Pace(int runs, long first, long fastest) {}

  private Pace repeat(ServedModel model, int rows, Workspace workspace, long start) {
    List<Tensor> inputs = model.network().inputs().stream().map(i -> zeros(i, rows)).toList();
    int runs = 0;
    long first = 0;
    long fastest = Long.MAX_VALUE;
    long pace = Long.MAX_VALUE;
    long now = System.nanoTime();
    long improved = now;
    long begun = now;
    while (runs < LEAST_RUNS
        || (now - start < atMost.toNanos() && !isSteady(now - improved, now - begun, runs))) {
      model.plan().run(inputs, model.defaultNormalization(), workspace);
      long end = System.nanoTime();
      long took = end - now;
      now = end;
      first = runs == 0 ? took : first;
      fastest = Math.min(fastest, took);
      if (took < pace * FASTER) {
        improved = end;
        pace = took;
      }
      runs++;
    }
    return new Pace(runs, first, fastest);
  }

  private static boolean isSteady(long sinceImproved, long sinceBegun, int runs) {
    return sinceImproved >= STEADY_NANOS
        && (runs >= HOT_RUNS || sinceBegun >= HOT_NANOS)
        && !CompilerQueue.holdsKernels();
  }

  /** Whether the first extent of every input is left open. */
  private static boolean takesBatches(ServedModel model) {
    return model.network().inputs().stream()
        .allMatch(input -> !input.shape().isEmpty() && input.shape().getFirst() < 0);
  }

  private static boolean guesses(ServedModel model) {
    return model.network().inputs().stream()
        .anyMatch(input -> input.shape().stream().skip(1).anyMatch(extent -> extent < 0));
  }

  private static Tensor zeros(TensorMetadata input, int rows) {
    int[] dimensions = input.shape().stream().mapToInt(Long::intValue).toArray();
    for (int axis = 0; axis < dimensions.length; axis++) {
      if (dimensions[axis] < 0) {
        dimensions[axis] = axis == 0 ? rows : GUESSED_EXTENT;
      }
    }
    return Tensor.zeros(input.dataType(), Shape.of(dimensions));
  }
}
