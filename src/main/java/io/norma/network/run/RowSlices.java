package io.norma.network.run;

import io.norma.kernel.tensor.Tensor;
import io.norma.network.ExecutionObserver;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.compile.RowIndependence;
import java.util.ArrayList;
import java.util.List;

/**
 * How many rows of a batch a plan takes at a time. What a step writes the next one reads: as few
 * rows as fit into the second-level cache together find it there still, where a whole batch would
 * fetch it from memory. But weights are read again for each slice, so a batch is cut only where its
 * values outweigh them.
 */
public final class RowSlices {
  /** Floats that a core's second-level cache is taken to hold. */
  private static final int CACHE = 1 << 18;

  private final boolean independent;
  private final long weights;

  RowSlices(Network network) {
    independent = RowIndependence.of(network);
    weights = network.constants().values().stream().mapToLong(Tensor::size).sum();
  }

  /** Whether a run may be cut: every row gets the same bits as in the whole. */
  boolean allow(List<Tensor> inputs, Normalization normalization, ExecutionObserver observer) {
    return independent
        && normalization.isByRow()
        && observer.equals(ExecutionObserver.NONE)
        && inputs.stream().map(input -> input.shape().dimension(0)).distinct().count() == 1;
  }

  /**
   * The rows to take at a time.
   *
   * @param rows of the batch
   * @param oneRow what passes between the steps of a run of one row
   * @param threads that take rows at the same time
   */
  int rowsAtATime(int rows, MemoryPlan.Flow oneRow, int threads) {
    int share = Math.max(1, rows / threads);
    int affordable = Math.toIntExact(Math.clamp(CACHE / Math.max(oneRow.atOnce(), 1), 1, share));
    // Values are written and read.
    boolean pays = 2 * oneRow.inAll() * affordable > weights;
    return pays ? Math.ceilDiv(share, Math.ceilDiv(share, affordable)) : share;
  }

  /** The part of a batch's inputs. */
  public static List<Tensor> of(List<Tensor> inputs, int from, int to) {
    List<Tensor> part = new ArrayList<>(inputs.size());
    inputs.forEach(input -> part.add(input.rows(from, to)));
    return part;
  }

  /** The part of how a batch is normalized. */
  public static Normalization of(Normalization normalization, int from, int to) {
    return normalization instanceof Normalization.Frozen frozen
        ? new Normalization.Frozen(frozen.rows().slice(from, to))
        : normalization;
  }
}
