package io.norma.runningstatistics;

import io.norma.inference.ClassScores;
import io.norma.inference.InferenceService;
import io.norma.inference.NormalizationSelector.Selection;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.LayerDistance;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.ExecutionObserver;
import io.norma.serving.InferenceRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says what another revision would change, before it is activated. */
public final class ComparisonService {
  private final ModelRepository repository;
  private final InferenceService inference;
  private final StatisticsCatalog catalog;

  ComparisonService(
      ModelRepository repository, InferenceService inference, StatisticsCatalog catalog) {
    this.repository = repository;
    this.inference = inference;
    this.catalog = catalog;
  }

  /** Distances per layer, in the network's order. */
  public record Comparison(RevisionName from, RevisionName to, List<Layer> layers) {}

  /**
   * How far one layer is from itself.
   *
   * @param affine absent where both normalize with the network's γ and β
   */
  public record Layer(String name, LayerDistance distance, @Nullable AffineDistance affine) {}

  /** The largest magnitudes of the differences of γ and of β. */
  public record AffineDistance(double gamma, double beta) {
    static @Nullable AffineDistance between(
        BatchNormalizationLayer layer, ChannelStatistics from, ChannelStatistics to) {
      if (from.affine() == null && to.affine() == null) {
        return null;
      }
      return new AffineDistance(
          largest(layer.gamma(from), layer.gamma(to)), largest(layer.beta(from), layer.beta(to)));
    }

    private static double largest(float[] from, float[] to) {
      double largest = 0;
      for (int c = 0; c < from.length; c++) {
        largest = Math.max(largest, Math.abs((double) to[c] - from[c]));
      }
      return largest;
    }
  }

  /** What a batch's answers differ in. */
  public record Preview(RevisionName from, RevisionName to, int rows, List<Output> outputs) {}

  /**
   * How one output differs.
   *
   * @param changedAnswers share of rows whose largest element is at another position; absent where
   *     the output does not have one row per input row
   * @param largestDifference of any two elements at the same position
   */
  public record Output(String name, @Nullable Double changedAnswers, double largestDifference) {}

  /** Compares the numbers of two revisions. */
  public Comparison compare(String model, @Nullable Long version, String from, String to) {
    ServedModel served = repository.get(model, version);
    RevisionName fromName = catalog.resolve(served, from);
    RevisionName toName = catalog.resolve(served, to);
    RunningStatistics fromStatistics = catalog.unbound(served, fromName);
    RunningStatistics toStatistics = catalog.unbound(served, toName);
    List<Layer> layers = new ArrayList<>();
    for (BatchNormalizationLayer layer : served.network().batchNormalizations()) {
      ChannelStatistics before = fromStatistics.layer(layer.name());
      ChannelStatistics after = toStatistics.layer(layer.name());
      layers.add(
          new Layer(
              layer.name(),
              LayerDistance.between(before, after, layer.epsilon()),
              AffineDistance.between(layer, before, after)));
    }
    return new Comparison(fromName, toName, layers);
  }

  /** Runs a batch by both revisions. */
  public Preview preview(
      String model, @Nullable Long version, String from, String to, InferenceRequest request) {
    ServedModel served = repository.get(model, version);
    RevisionName fromName = catalog.resolve(served, from);
    RevisionName toName = catalog.resolve(served, to);
    List<Tensor> before = run(served, fromName, request);
    List<Tensor> after = run(served, toName, request);
    int rows = served.rows(request);
    List<Output> outputs = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      outputs.add(
          difference(served.network().outputs().get(i).name(), before.get(i), after.get(i), rows));
    }
    return new Preview(fromName, toName, rows, outputs);
  }

  private List<Tensor> run(ServedModel model, RevisionName name, InferenceRequest request) {
    return inference.run(
        model,
        request,
        new Selection(
            ServedModel::plan,
            catalog.bound(model, name).normalization(),
            ExecutionObserver.NONE,
            Map.of()));
  }

  private static Output difference(String name, Tensor before, Tensor after, int rows) {
    double largest = 0;
    for (int i = 0; i < before.size(); i++) {
      double difference = Math.abs(after.getDouble(i) - before.getDouble(i));
      largest = difference > largest || Double.isNaN(difference) ? difference : largest;
    }
    boolean oneRowEach =
        before.dataType() == DataType.FP32
            && before.shape().rank() >= 2
            && before.shape().dimension(0) == rows;
    if (!oneRowEach) {
      return new Output(name, null, largest);
    }
    int length = before.size() / rows;
    int changed = 0;
    for (int row = 0; row < rows; row++) {
      if (ClassScores.largest(before, row * length, length)
          != ClassScores.largest(after, row * length, length)) {
        changed++;
      }
    }
    return new Output(name, (double) changed / rows, largest);
  }
}
