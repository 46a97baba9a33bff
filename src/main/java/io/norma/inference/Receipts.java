package io.norma.inference;

import io.norma.inference.NormalizationSelector.Selection;
import io.norma.kernel.compute.Arithmetic;
import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ServedModel;
import io.norma.network.TensorMetadata;
import io.norma.serving.NamedTensor;
import io.norma.serving.Receipt;
import io.norma.serving.TensorDigest;
import io.norma.store.StatisticsBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes down what answers are computed by. */
final class Receipts {
  private static final String PLATFORM =
      "%s, Java %d".formatted(System.getProperty("os.arch"), Runtime.version().feature());

  private final NormalizationSelector selector;

  Receipts(NormalizationSelector selector) {
    this.selector = selector;
  }

  /**
   * What an inference will run by.
   *
   * @param used what its answer's parameters name
   * @throws io.norma.serving.ServingException.NotFound if the running statistics are gone meanwhile
   */
  Receipt.Conditions conditions(ServedModel model, Selection selection, Map<String, Object> used) {
    String statistics = selection.runningStatistics();
    // Plans that show values before batch normalizations keep weights as the file has them.
    WeightFormat weights = selection.isFrozen() ? model.weightFormat() : WeightFormat.FP32;
    return new Receipt.Conditions(
        model.identity(),
        references(model),
        used,
        statistics == null ? null : selector.sha256(model, statistics),
        weights.name().toLowerCase(Locale.ROOT),
        Arithmetic.here().toString(),
        PLATFORM);
  }

  /** Their means and deviations are the default running statistics of what stands in by them. */
  static @Nullable String references(ServedModel model) {
    return model.hasReferences()
        ? StatisticsBytes.sha256(model.network().runningStatistics())
        : null;
  }

  /**
   * The hash of what a network reads: all inputs in its order, of 16-bit types as FP32, after any
   * conversion that the request asked for.
   */
  static String inputs(ServedModel model, List<Tensor> inputs) {
    List<TensorMetadata> declared = model.network().inputs();
    List<NamedTensor> named = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      named.add(new NamedTensor(declared.get(i).name(), inputs.get(i)));
    }
    return TensorDigest.of(named);
  }
}
