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
 * Runs a model on zeros until its kernels run compiled code: until the fastest run of a round is no
 * longer faster than that of the round before, or the time is up. The first runs of a large network
 * can take all of the time while they are still interpreted, so the time counts only after {@value
 * #LEAST_RUNS} runs. A model whose inputs have dynamic extents besides the batch runs at a guess of
 * them; where that does not fit, it starts cold. A model without such extents that does not run is
 * refused.
 */
final class Warmup {
  private static final Logger LOG = LoggerFactory.getLogger(Warmup.class);
  private static final int RUNS_PER_ROUND = 64;
  private static final int LEAST_RUNS_PER_ROUND = 4;
  private static final long ROUND_NANOS = 250_000_000;
  private static final int LEAST_RUNS = 16;
  private static final int LEAST_ROUNDS = 4;
  private static final double STILL_IMPROVING = 0.95;
  private static final int GUESSED_EXTENT = 32;

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
    List<Tensor> inputs = model.network().inputs().stream().map(Warmup::zeros).toList();
    Workspace workspace = model.takeWorkspace();
    int runs = 0;
    long first = 0;
    long best = Long.MAX_VALUE;
    try {
      for (int round = 0; hasTime(start, runs); round++) {
        long roundStart = System.nanoTime();
        long bestOfRound = Long.MAX_VALUE;
        for (int i = 0; continuesRound(i, roundStart) && hasTime(start, runs); i++) {
          long before = System.nanoTime();
          model.plan().run(inputs, model.defaultNormalization(), workspace);
          long took = System.nanoTime() - before;
          bestOfRound = Math.min(bestOfRound, took);
          first = runs == 0 ? took : first;
          runs++;
        }
        boolean improved = bestOfRound < best * STILL_IMPROVING;
        best = Math.min(best, bestOfRound);
        if (round >= LEAST_ROUNDS && !improved) {
          break;
        }
      }
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
    LOG.info(
        "model {} version {} warmed in {} ms: {} runs, the first {} µs, the fastest {} µs",
        model.name(),
        model.version(),
        (System.nanoTime() - start) / 1_000_000,
        runs,
        first / 1_000,
        best / 1_000);
  }

  private boolean hasTime(long start, int runs) {
    return runs < LEAST_RUNS || System.nanoTime() - start < atMost.toNanos();
  }

  /** A round of a small network is a number of runs, that of a large one a time. */
  private static boolean continuesRound(int runs, long start) {
    return runs < LEAST_RUNS_PER_ROUND
        || (runs < RUNS_PER_ROUND && System.nanoTime() - start < ROUND_NANOS);
  }

  private static boolean guesses(ServedModel model) {
    return model.network().inputs().stream()
        .anyMatch(input -> input.shape().stream().skip(1).anyMatch(extent -> extent < 0));
  }

  private static Tensor zeros(TensorMetadata input) {
    int[] dimensions = input.shape().stream().mapToInt(Long::intValue).toArray();
    for (int axis = 0; axis < dimensions.length; axis++) {
      if (dimensions[axis] < 0) {
        dimensions[axis] = axis == 0 ? 1 : GUESSED_EXTENT;
      }
    }
    return Tensor.zeros(input.dataType(), Shape.of(dimensions));
  }
}
