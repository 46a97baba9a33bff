package io.norma.onnx;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.NormalizationKind;
import io.norma.network.TensorMetadata;
import io.norma.onnx.ImportWarning.Code;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Set;

/** Collects warnings: one of each kind, with the names of all that it concerns. */
final class Warnings {
  /** What can be seen of a network without its file. */
  private static final Set<Code> INSPECTED =
      EnumSet.of(
          Code.NO_BATCH_NORMALIZATION,
          Code.BATCH_NORMALIZATION_PARTLY_FOLDED,
          Code.RUNNING_STATISTICS_UNSET,
          Code.VARIANCE_NEAR_ZERO,
          Code.FIXED_BATCH);

  private final Map<Code, List<String>> names = new EnumMap<>(Code.class);
  private final List<String> renamings = new ArrayList<>();
  private final ExportAdvice advice;

  /**
   * @param advice how the network would be exported anew
   */
  Warnings(ExportAdvice advice) {
    this.advice = advice;
  }

  void add(Code code, String name) {
    names.computeIfAbsent(code, absent -> new ArrayList<>()).add(name);
  }

  /**
   * Notes batch normalizations that go by other names than the file's.
   *
   * @param renamed what the file calls them, by their names
   */
  void addRenamed(Map<String, String> renamed) {
    renamed.forEach((name, inFile) -> {
      add(Code.BATCH_NORMALIZATION_RENAMED, name);
      renamings.add("%s is '%s'".formatted(StorableNames.shown(inFile), name));
    });
  }

  /** Those of a network that was changed after its import. */
  static List<ImportWarning> revise(ImportReport before, Network network) {
    Warnings again = new Warnings(ExportAdvice.of(before.producer()));
    again.inspect(network);
    List<ImportWarning> all = new ArrayList<>(again.list());
    Set<String> nodes = new HashSet<>();
    network.nodes().forEach(node -> nodes.add(node.name()));
    for (ImportWarning warning : before.warnings()) {
      boolean isOfNodes = warning.code() == Code.BATCH_NORMALIZATION_INSEPARABLE;
      List<String> left = warning.names().stream().filter(nodes::contains).toList();
      if (isOfNodes && !left.isEmpty()) {
        all.add(new ImportWarning(warning.code(), warning.message(), left));
      } else if (!isOfNodes && !INSPECTED.contains(warning.code())) {
        all.add(warning);
      }
    }
    all.sort(Comparator.comparing(ImportWarning::code));
    return all;
  }

  /** Looks for what a network's owner may not have meant. */
  void inspect(Network network) {
    inspectInputs(network.inputs());
    if (network.batchNormalizations().isEmpty()) {
      names.put(Code.NO_BATCH_NORMALIZATION, new ArrayList<>());
    }
    LostNormalizations.find(network)
        .forEach(layer -> add(Code.BATCH_NORMALIZATION_PARTLY_FOLDED, layer));
    for (BatchNormalizationLayer layer : network.batchNormalizations()) {
      if (layer.kind() == NormalizationKind.VIRTUAL) {
        continue;
      }
      ChannelStatistics statistics = network.runningStatistics().layer(layer.name());
      if (isUnset(statistics)) {
        add(Code.RUNNING_STATISTICS_UNSET, layer.name());
      }
      if (smallest(statistics.variance()) < layer.epsilon()) {
        add(Code.VARIANCE_NEAR_ZERO, layer.name());
      }
    }
  }

  /** Where one input's rows are left open, others may have a first axis that counts no rows. */
  private void inspectInputs(List<TensorMetadata> inputs) {
    if (inputs.stream().noneMatch(TensorMetadata::hasDynamicBatch)) {
      inputs.stream()
          .filter(input -> input.shape().size() >= 2 && input.shape().getFirst() == 1)
          .forEach(input -> add(Code.FIXED_BATCH, input.name()));
    }
  }

  private static boolean isUnset(ChannelStatistics statistics) {
    for (int c = 0; c < statistics.channels(); c++) {
      if (statistics.mean()[c] != 0 || statistics.variance()[c] != 1) {
        return false;
      }
    }
    return true;
  }

  private static double smallest(float[] variance) {
    double smallest = Double.POSITIVE_INFINITY;
    for (float value : variance) {
      smallest = Math.min(smallest, value);
    }
    return smallest;
  }

  List<ImportWarning> list() {
    List<ImportWarning> warnings = new ArrayList<>();
    for (Entry<Code, List<String>> entry : names.entrySet()) {
      ImportWarning warning =
          new ImportWarning(entry.getKey(), entry.getKey().message(), entry.getValue());
      String details = details(entry.getKey());
      warnings.add(details.isEmpty() ? warning : warning.with(details));
    }
    return warnings;
  }

  /** What is to be said of this file besides. */
  private String details(Code code) {
    return switch (code) {
      case BATCH_NORMALIZATION_RENAMED -> String.join("; ", renamings) + ".";
      case NO_BATCH_NORMALIZATION, BATCH_NORMALIZATION_PARTLY_FOLDED ->
          advice.keepNormalizations() + " " + ExportAdvice.WITHOUT_EXPORT;
      case BATCH_NORMALIZATION_INSEPARABLE ->
          ExportAdvice.KERAS + " " + ExportAdvice.WITHOUT_EXPORT;
      case FIXED_BATCH -> advice.openBatch();
      default -> "";
    };
  }
}
