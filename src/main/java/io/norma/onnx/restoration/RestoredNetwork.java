package io.norma.onnx.restoration;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.NormalizationKind;
import io.norma.network.WeightedLayer;
import io.norma.onnx.ChannelAxis;
import io.norma.onnx.RestorationReport.RestoredLayer;
import io.norma.onnx.StorableNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts original weights and batch normalizations in the place of folded pairs, and batch
 * normalizations in that of scales and shifts.
 */
final class RestoredNetwork {
  private final Network before;
  private final StateDict checkpoint;
  private final Reservation memory;
  private final Map<String, Tensor> constants;
  private final Map<String, Restored> byNode = new HashMap<>();
  private final Map<String, Restored> byAddition = new HashMap<>();
  private final Map<String, RestoredChain> byEnd = new HashMap<>();
  private final Set<String> replaced = new HashSet<>();
  private final Set<String> values = new HashSet<>();
  private final Set<String> nodeNames = new HashSet<>();
  private final Set<String> layersTaken = new HashSet<>();

  /**
   * Constants of original weights, by what they are in the checkpoint and how the file has them.
   */
  private final Map<List<Object>, String> originals = new HashMap<>();

  private final Map<String, BatchNormalizationLayer> layers = new LinkedHashMap<>();
  private final Map<String, ChannelStatistics> statistics = new HashMap<>();
  private final Map<String, String> layerNames = new HashMap<>();
  private final Map<String, List<String>> parameterNames = new HashMap<>();
  private final List<RestoredLayer> report = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();

  private RestoredNetwork(
      Network before,
      List<Restored> restored,
      List<RestoredChain> chains,
      StateDict checkpoint,
      Reservation memory) {
    this.before = before;
    this.checkpoint = checkpoint;
    this.memory = memory;
    constants = new HashMap<>(before.constants());
    values.addAll(constants.keySet());
    before.inputs().forEach(input -> values.add(input.name()));
    for (Node node : before.nodes()) {
      nodeNames.add(node.name());
      values.addAll(node.outputs());
    }
    for (BatchNormalizationLayer layer : before.batchNormalizations()) {
      layers.put(layer.name(), layer);
      layersTaken.add(layer.name());
      statistics.put(layer.name(), before.runningStatistics().layer(layer.name()));
    }
    for (Restored one : restored) {
      byNode.put(one.layer().node().name(), one);
      Node addition = one.layer().addition();
      if (addition != null) {
        byAddition.put(addition.name(), one);
      }
    }
    for (RestoredChain one : chains) {
      byEnd.put(one.chain().name(), one);
      one.chain().nodes().nodes().forEach(node -> replaced.add(node.name()));
    }
  }

  /**
   * A network with its restored layers.
   *
   * @param parameterNames what the checkpoint calls the parameters of each restored batch
   *     normalization
   */
  record Result(
      Network network, List<RestoredLayer> layers, Map<String, List<String>> parameterNames) {}

  static Result of(
      Network before,
      List<Restored> restored,
      List<RestoredChain> chains,
      StateDict checkpoint,
      Reservation memory) {
    return new RestoredNetwork(before, restored, chains, checkpoint, memory).build();
  }

  private Result build() {
    Set<String> shared = readByOthers();
    for (Node node : before.nodes()) {
      Restored product = byNode.get(node.name());
      Restored addition = byAddition.get(node.name());
      RestoredChain chain = byEnd.get(node.name());
      if (product != null) {
        addProduct(product, shared);
      } else if (addition != null) {
        addAddition(addition);
      } else if (chain != null) {
        addChain(chain);
      } else if (!replaced.contains(node.name())) {
        nodes.add(node);
      }
    }
    return new Result(network(), report, parameterNames);
  }

  /** Constants that something reads which is not restored, or restored to other weights. */
  private Set<String> readByOthers() {
    Map<String, Object> readers = new HashMap<>();
    Set<String> shared = new HashSet<>();
    for (Node node : before.nodes()) {
      Restored restored = byNode.get(node.name());
      for (int i = 0; i < node.inputs().size(); i++) {
        Object reader = restored != null && i == 1 ? key(restored) : node;
        Object other = readers.putIfAbsent(node.inputs().get(i), reader);
        if (other != null && !other.equals(reader)) {
          shared.add(node.inputs().get(i));
        }
      }
    }
    before.outputs().forEach(output -> shared.add(output.name()));
    return shared;
  }

  /** What a constant of original weights holds. */
  private static List<Object> key(Restored restored) {
    return List.of(
        restored.candidate().weights(),
        restored.candidate().layout(),
        WeightLayout.of(restored.layer()));
  }

  private void addProduct(Restored restored, Set<String> shared) {
    WeightedLayer layer = restored.layer();
    Node node = layer.node();
    boolean ownName = !shared.contains(layer.weightsName());
    String weights = weights(restored, ownName ? layer.weightsName() : null);
    List<String> inputs = new ArrayList<>(List.of(node.inputs().getFirst(), weights));
    String bias = restored.candidate().bias();
    if (layer.addition() == null && bias != null) {
      inputs.add(bias(bias));
    }
    boolean isLast = layer.addition() == null || bias == null;
    String y = node.outputs().getFirst();
    String raw = layer.addition() == null ? unique(y + ".unnormalized", values) : y;
    nodes.add(new Node(node.name(), node.operator(), node.layer(), inputs, List.of(raw)));
    if (isLast) {
      addNormalization(restored, raw, layer.output());
    }
  }

  /** The addition of a bias behind a product: gone, unless the layer has a bias of its own. */
  private void addAddition(Restored restored) {
    String bias = restored.candidate().bias();
    if (bias == null) {
      return;
    }
    Node addition = restored.layer().addition();
    if (addition == null) {
      throw new IllegalStateException("no addition behind " + restored.layer().node().name());
    }
    String product = restored.layer().node().outputs().getFirst();
    String y = addition.outputs().getFirst();
    String raw = unique(y + ".unnormalized", values);
    List<String> inputs = new ArrayList<>(addition.inputs());
    inputs.replaceAll(input -> input.equals(product) ? input : bias(bias));
    nodes.add(
        new Node(addition.name(), addition.operator(), addition.layer(), inputs, List.of(raw)));
    addNormalization(restored, raw, y);
  }

  private void addNormalization(Restored restored, String x, String y) {
    String layer = layer(restored.candidate().normalization(), restored.epsilon());
    nodes.add(Node.batchNormalization(unique(layer, nodeNames), x, y, layer));
    report.add(
        new RestoredLayer(
            restored.layer().node().name(),
            restored.candidate().weights(),
            layer,
            restored.epsilon(),
            Deviation.of(restored, checkpoint, memory)));
  }

  private void addChain(RestoredChain restored) {
    PerChannelChain chain = restored.chain();
    ChannelAxis channels = chain.channels();
    if (channels == null) {
      throw new IllegalStateException("no axis of channels known at " + chain.name());
    }
    String layer = layer(restored.normalization(), restored.epsilon());
    nodes.addAll(
        ChannelAxis.normalization(
            unique(layer, nodeNames),
            chain.nodes().x(),
            chain.nodes().end().outputs().getFirst(),
            layer,
            channels,
            name -> unique(name, nodeNames)));
    report.add(
        new RestoredLayer(chain.name(), "", layer, restored.epsilon(), restored.deviation()));
  }

  /** Name of the constant of a layer's original weights, in the file's layout. */
  private String weights(Restored restored, @Nullable String name) {
    return originals.computeIfAbsent(
        key(restored),
        absent -> {
          String constant = name == null ? unique(restored.candidate().weights(), values) : name;
          constants.put(constant, original(restored));
          return constant;
        });
  }

  private Tensor original(Restored restored) {
    WeightLayout from = restored.candidate().layout();
    WeightLayout to = WeightLayout.of(restored.layer());
    checkpoint.use(restored.candidate().weights());
    memory.take((long) Float.BYTES * to.shape().size());
    float[] original = checkpoint.read(restored.candidate().weights());
    if (from.equals(to)) {
      return Tensor.of(to.shape(), original);
    }
    Tensor tensor = Tensor.zeros(DataType.FP32, to.shape());
    int[] source = from.elements();
    int[] target = to.elements();
    for (int m = 0; m < to.channels(); m++) {
      for (int e = 0; e < target.length; e++) {
        tensor.floats()[to.channel(m) + target[e]] = original[from.channel(m) + source[e]];
      }
    }
    return tensor;
  }

  private String bias(String name) {
    return originals.computeIfAbsent(
        List.of(name),
        absent -> {
          checkpoint.use(name);
          float[] elements = checkpoint.read(name);
          String constant = unique(name, values);
          constants.put(constant, Tensor.of(Shape.of(elements.length), elements));
          return constant;
        });
  }

  /** Name of the batch normalization, which is made if the network does not have it. */
  private String layer(CheckpointNormalization found, double epsilon) {
    return layerNames.computeIfAbsent(
        found.module(),
        module -> {
          found.names().forEach(checkpoint::use);
          ChannelStatistics running = new ChannelStatistics(found.mean(), found.variance());
          if (isLive(found, running, epsilon)) {
            return module;
          }
          boolean storable = StorableNames.isStorable(module) && !module.isEmpty();
          String base = storable ? module : "BatchNormalization_" + layers.size();
          String name = unique(base, layersTaken);
          layers.put(
              name,
              new BatchNormalizationLayer(
                  name, found.gamma(), found.beta(), epsilon, NormalizationKind.RESTORED));
          statistics.put(name, running);
          parameterNames.put(name, found.names());
          return name;
        });
  }

  /** Whether the network still applies this batch normalization elsewhere. */
  private boolean isLive(CheckpointNormalization found, ChannelStatistics running, double epsilon) {
    BatchNormalizationLayer layer = layers.get(found.module());
    return layer != null
        && layer.epsilon() == epsilon
        && Arrays.equals(layer.gamma(), found.gamma())
        && Arrays.equals(layer.beta(), found.beta())
        && running.equals(statistics.get(layer.name()));
  }

  /** The name, or with the first number behind it that makes it new to a set, which then has it. */
  private static String unique(String name, Set<String> taken) {
    String candidate = name;
    for (int i = 2; !taken.add(candidate); i++) {
      candidate = name + "_" + i;
    }
    return candidate;
  }

  private Network network() {
    Set<String> read = new HashSet<>();
    nodes.forEach(node -> read.addAll(node.inputs()));
    before.outputs().forEach(output -> read.add(output.name()));
    constants.keySet().retainAll(read);
    // Whatever wrote the file: what is restored is the checkpoint's.
    return before.with(
        nodes, constants, layers, statistics, checkpoint.framework().varianceConvention());
  }
}
