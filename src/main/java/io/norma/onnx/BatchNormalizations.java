package io.norma.onnx;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Node;
import io.norma.onnx.ImportReport.BatchNormalizationSummary;
import io.norma.onnx.file.FileNode;
import io.norma.onnx.file.MalformedOnnxException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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
    return add(node.node(), node.parameterNames(), parameters, node.epsilon(), node.momentum());
  }

  /**
   * Notes that a node applies a batch normalization.
   *
   * @param parameterNames what the file calls γ, β, μ and σ²
   * @param parameters γ, β, μ and σ²
   * @param momentum the weight of the new batch
   * @return the batch normalization's name
   * @throws MalformedOnnxException if they do not fit together or a variance is negative
   */
  String add(
      FileNode node,
      List<String> parameterNames,
      List<Tensor> parameters,
      double epsilon,
      double momentum) {
    Key key = new Key(parameterNames, epsilon);
    Entry entry = entries.get(key);
    if (entry == null) {
      entry = create(node, key, parameters, momentum);
      entries.put(key, entry);
    }
    entry.nodes().add(node.name());
    return entry.layer().name();
  }

  private Entry create(FileNode node, Key key, List<Tensor> parameters, double momentum) {
    String name = name(node, key.parameterNames());
    double epsilon = key.epsilon();
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
      return new Entry(layer, statistics, momentum, new ArrayList<>());
    } catch (IllegalArgumentException e) {
      throw new MalformedOnnxException(
          "batch normalization '%s', node %s: %s".formatted(name, node, e.getMessage()), e);
    }
  }

  private String name(FileNode node, List<String> parameterNames) {
    String found = names.of(node, meanFirst(parameterNames));
    if (StorableNames.isStorable(found)) {
      return found;
    }
    String name = names.unique(node.positionalName());
    renamed.put(name, found);
    return name;
  }

  /** A γ of ones may be shared under another layer's name; running means tell layers apart. */
  private static List<String> meanFirst(List<String> names) {
    return List.of(names.get(2), names.get(3), names.get(0), names.get(1));
  }

  /** Forgets those that none of these nodes applies, and has the others in the nodes' order. */
  void retain(List<Node> nodes) {
    Set<String> applied = new LinkedHashSet<>();
    for (Node node : nodes) {
      if (node.batchNormalization() != null) {
        applied.add(node.batchNormalization());
      }
    }
    Map<String, Map.Entry<Key, Entry>> byName = new HashMap<>();
    for (Map.Entry<Key, Entry> entry : entries.entrySet()) {
      byName.put(entry.getValue().layer().name(), Map.entry(entry.getKey(), entry.getValue()));
    }
    entries.clear();
    applied.forEach(name -> {
      Map.Entry<Key, Entry> entry = byName.get(name);
      if (entry != null) {
        entries.put(entry.getKey(), entry.getValue());
      }
    });
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

  /** What the file calls the running variances. */
  List<String> varianceNames() {
    return entries.keySet().stream().map(key -> key.parameterNames().getLast()).toList();
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
