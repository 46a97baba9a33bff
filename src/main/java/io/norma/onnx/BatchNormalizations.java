package io.norma.onnx;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Node;
import io.norma.onnx.ImportReport.BatchNormalizationSummary;
import io.norma.onnx.file.MalformedOnnxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The batch normalizations of a network whose parameters are constants. Nodes that name the same
 * parameters apply the same one.
 */
final class BatchNormalizations {
  private record Key(List<String> parameterNames, double epsilon) {}

  private record Entry(
      BatchNormalizationLayer layer,
      ChannelStatistics statistics,
      double momentum,
      List<String> nodes) {}

  private final Map<Key, Entry> entries = new LinkedHashMap<>();
  private final Map<String, String> renamed = new LinkedHashMap<>();
  private final LayerNames names = new LayerNames();

  /**
   * Notes that a node applies a batch normalization.
   *
   * @param parameters γ, β, μ and σ²
   * @return the batch normalization's name
   * @throws MalformedOnnxException if they do not fit together or a variance is negative
   */
  String add(BatchNormalizationNode node, List<Tensor> parameters) {
    double epsilon = node.epsilon();
    Key key = new Key(node.parameterNames(), epsilon);
    Entry entry = entries.get(key);
    if (entry == null) {
      entry = create(node, parameters, epsilon);
      entries.put(key, entry);
    }
    entry.nodes().add(node.node().name());
    return entry.layer().name();
  }

  private Entry create(BatchNormalizationNode node, List<Tensor> parameters, double epsilon) {
    String name = name(node);
    try {
      BatchNormalizationLayer layer =
          new BatchNormalizationLayer(
              name, parameters.get(0).toFloatArray(), parameters.get(1).toFloatArray(), epsilon);
      ChannelStatistics statistics =
          new ChannelStatistics(parameters.get(2).toFloatArray(), parameters.get(3).toFloatArray());
      if (statistics.channels() != layer.channels()) {
        throw new IllegalArgumentException(
            "gamma has %d channels, the running mean has %d"
                .formatted(layer.channels(), statistics.channels()));
      }
      return new Entry(layer, statistics, node.momentum(), new ArrayList<>());
    } catch (IllegalArgumentException e) {
      throw new MalformedOnnxException(
          "batch normalization '%s', node %s: %s".formatted(name, node.node(), e.getMessage()), e);
    }
  }

  private String name(BatchNormalizationNode node) {
    String found = names.of(node.node(), meanFirst(node.parameterNames()));
    if (StorableNames.isStorable(found)) {
      return found;
    }
    String name = names.unique(node.node().positionalName());
    renamed.put(name, found);
    return name;
  }

  /** A γ of ones may be shared under another layer's name; running means tell layers apart. */
  private static List<String> meanFirst(List<String> names) {
    return List.of(names.get(2), names.get(3), names.get(0), names.get(1));
  }

  /** Forgets those that none of these nodes applies. */
  void retain(List<Node> nodes) {
    Set<String> applied = new HashSet<>();
    for (Node node : nodes) {
      if (node.batchNormalization() != null) {
        applied.add(node.batchNormalization());
      }
    }
    entries.values().removeIf(entry -> !applied.contains(entry.layer().name()));
    renamed.keySet().retainAll(applied);
  }

  /** What the file calls γ, β, μ and σ² of a layer. */
  List<String> parameterNames(String layer) {
    for (Map.Entry<Key, Entry> entry : entries.entrySet()) {
      if (entry.getValue().layer().name().equals(layer)) {
        return entry.getKey().parameterNames();
      }
    }
    return List.of();
  }

  /** Names of those whose own could not be stored, with what the file calls them. */
  Map<String, String> renamed() {
    return renamed;
  }

  List<BatchNormalizationLayer> layers() {
    return entries.values().stream().map(Entry::layer).toList();
  }

  RunningStatistics runningStatistics() {
    Map<String, ChannelStatistics> layers = new LinkedHashMap<>();
    entries.values().forEach(entry -> layers.put(entry.layer().name(), entry.statistics()));
    return new RunningStatistics(layers);
  }

  List<BatchNormalizationSummary> summaries() {
    return entries.values().stream()
        .map(entry ->
            new BatchNormalizationSummary(
                entry.layer().name(),
                entry.layer().channels(),
                entry.layer().epsilon(),
                entry.momentum(),
                entry.layer().kind().word(),
                entry.nodes()))
        .toList();
  }
}
