package io.norma.runningstatistics;

import io.norma.inference.NormalizationSelector.Comparison;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ServedModel;
import io.norma.network.ExecutionObserver;
import io.norma.network.run.Workspace;
import io.norma.runningstatistics.StatisticsCatalog.Serving;
import io.norma.serving.NetworkIdentity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Where several revisions share the requests: how far each agrees with the active one, on a sampled
 * share of the requests, which run by the others too, beside the answer. Counts begin with the
 * first split that a pair is in, and are forgotten with the last.
 */
public final class AgreementMonitor implements ActivationObserver {
  private final double sampleRate;
  private final Map<NetworkIdentity, Map<Pair, Counts>> networks = new ConcurrentHashMap<>();

  /**
   * @param sampleRate share of the requests that are compared, from 0 (none) to 1
   */
  AgreementMonitor(double sampleRate) {
    this.sampleRate = sampleRate;
  }

  /** The active revision, which is that of the largest share, and another of the split. */
  public record Pair(RevisionName active, RevisionName other) {}

  /**
   * How far two agree.
   *
   * @param rows that both have answered
   * @param sameAnswers rows whose largest element both have at the same position, in each output
   * @param absoluteDifference sum over the rows of their mean absolute difference; rows where it is
   *     not finite add nothing
   */
  public record Agreement(Pair pair, long rows, long sameAnswers, double absoluteDifference) {}

  @Override
  public void serves(NetworkIdentity network, TrafficSplit split) {
    networks.compute(
        network,
        (_, before) -> {
          Map<Pair, Counts> counts = new LinkedHashMap<>();
          for (RevisionName other : split.others()) {
            Pair pair = new Pair(split.primary(), other);
            Counts kept = before == null ? null : before.get(pair);
            counts.put(pair, kept == null ? new Counts() : kept);
          }
          return counts.isEmpty() ? null : counts;
        });
  }

  @Override
  public void forgets(NetworkIdentity network) {
    networks.remove(network);
  }

  /** What is known so far of each pair, in the split's order; nothing without a split. */
  public List<Agreement> of(NetworkIdentity network) {
    return networks.getOrDefault(network, Map.of()).entrySet().stream()
        .map(entry -> entry.getValue().agreement(entry.getKey()))
        .toList();
  }

  /** What is to be done with an inference's outputs, if it is sampled. */
  @Nullable Comparison sample(ServedModel model, Serving serving, NamedStatistics answered) {
    if (sampleRate == 0
        || (sampleRate < 1 && ThreadLocalRandom.current().nextDouble() >= sampleRate)) {
      return null;
    }
    Map<Pair, Counts> counts = networks.get(model.identity());
    return counts == null
        ? null
        : (inputs, outputs, seed, workspace) ->
            compare(
                new Answered(model, inputs, outputs, seed, answered), serving, counts, workspace);
  }

  /** An inference and what came of it. */
  private record Answered(
      ServedModel model,
      List<Tensor> inputs,
      List<Tensor> outputs,
      @Nullable Long seed,
      NamedStatistics by) {
    /** The outputs by a revision: the serving plan gives the same bits again. */
    List<Tensor> by(NamedStatistics statistics, Workspace workspace) {
      return statistics.name().equals(by.name())
          ? outputs
          : model
              .plan()
              .run(inputs, statistics.normalization(), workspace, ExecutionObserver.NONE, seed);
    }
  }

  private static void compare(
      Answered answered, Serving serving, Map<Pair, Counts> counts, Workspace workspace) {
    int rows = answered.model().rows(answered.inputs());
    NamedStatistics active = serving.primary();
    List<Tensor> byActive = answered.by(active, workspace);
    for (NamedStatistics other : serving.statistics()) {
      Counts pair = counts.get(new Pair(active.name(), other.name()));
      if (pair != null) {
        pair.add(rows, byActive, answered.by(other, workspace));
      }
    }
  }

  /** What a pair comes to. */
  private static final class Counts {
    private long rows;
    private long sameAnswers;
    private double absoluteDifference;

    synchronized Agreement agreement(Pair pair) {
      return new Agreement(pair, rows, sameAnswers, absoluteDifference);
    }

    /** Adds a batch; without outputs of real numbers that have a row for each row, nothing. */
    void add(int batch, List<Tensor> active, List<Tensor> other) {
      boolean[] differs = new boolean[batch];
      double[] sums = new double[batch];
      int elements = 0;
      for (int i = 0; i < active.size(); i++) {
        Tensor one = active.get(i);
        if (one.dataType() == DataType.FP32
            && one.shape().rank() > 0
            && one.shape().dimension(0) == batch
            && one.shape().equals(other.get(i).shape())) {
          float[] ours = one.toFloatArray();
          float[] theirs = other.get(i).toFloatArray();
          int length = ours.length / batch;
          for (int row = 0; row < batch; row++) {
            int from = row * length;
            differs[row] |= largest(ours, from, length) != largest(theirs, from, length);
            for (int k = from; k < from + length; k++) {
              sums[row] += Math.abs((double) ours[k] - theirs[k]);
            }
          }
          elements += length;
        }
      }
      if (elements > 0) {
        add(differs, sums, elements);
      }
    }

    private synchronized void add(boolean[] differs, double[] sums, int elements) {
      rows += differs.length;
      for (int row = 0; row < differs.length; row++) {
        sameAnswers += differs[row] ? 0 : 1;
        absoluteDifference += Double.isFinite(sums[row]) ? sums[row] / elements : 0;
      }
    }

    private static int largest(float[] values, int from, int length) {
      int largest = 0;
      for (int i = 1; i < length; i++) {
        largest = values[from + i] > values[from + largest] ? i : largest;
      }
      return largest;
    }
  }
}
