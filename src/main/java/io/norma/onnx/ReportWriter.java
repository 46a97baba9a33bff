package io.norma.onnx;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.onnx.ImportReport.BatchNormalizationSummary;
import io.norma.onnx.ImportReport.LayerSummary;
import io.norma.onnx.ImportReport.Parameter;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Draws up the report on a finished import. */
final class ReportWriter {
  private final Network network;
  private final Map<String, List<Parameter>> batchNormalizations = new HashMap<>();

  private ReportWriter(Network network, Function<String, List<String>> parameterNames) {
    this.network = network;
    for (BatchNormalizationLayer layer : network.batchNormalizations()) {
      List<Parameter> parameters = new ArrayList<>();
      for (String name : parameterNames.apply(layer.name())) {
        parameters.add(
            new Parameter(name, DataType.FP32, List.of((long) layer.channels()), layer.channels()));
      }
      this.batchNormalizations.put(layer.name(), parameters);
    }
  }

  static ImportReport write(
      ModelProto model,
      int operatorSet,
      List<ValueInfoProto> inputs,
      Network network,
      BatchNormalizations batchNormalizations,
      Warnings warnings) {
    List<LayerSummary> layers =
        new ReportWriter(network, batchNormalizations::parameterNames).layers();
    Map<String, Parameter> distinct = distinct(layers);
    return new ImportReport(
        (model.getProducerName() + " " + model.getProducerVersion()).strip(),
        model.getIrVersion(),
        operatorSet,
        inputs.stream().map(ValueInfos::report).toList(),
        model.getGraph().getOutputList().stream().map(ValueInfos::report).toList(),
        layers,
        elements(distinct),
        bytes(distinct),
        batchNormalizations.summaries(),
        warnings.list());
  }

  /**
   * The report on a network that was changed after its import.
   *
   * @param before that on the network as it was
   * @param added parameters of the batch normalizations that it had not, by name, and what they are
   *     called
   * @param momentum of these
   */
  static ImportReport revise(
      ImportReport before, Network network, Map<String, List<String>> added, double momentum) {
    Map<String, BatchNormalizationSummary> known = new HashMap<>();
    before.batchNormalizations().forEach(summary -> known.put(summary.name(), summary));
    Map<String, List<String>> names = new HashMap<>(added);
    Map<String, LayerSummary> layersBefore = new HashMap<>();
    before.layers().forEach(layer -> layersBefore.put(layer.name(), layer));
    Map<String, List<String>> appliers = new HashMap<>();
    for (Node node : network.nodes()) {
      String applied = node.batchNormalization();
      LayerSummary layer = layersBefore.get(node.name());
      if (applied != null && layer != null) {
        names.putIfAbsent(applied, layer.parameters().stream().map(Parameter::name).toList());
      } else if (applied != null) {
        appliers.computeIfAbsent(applied, name -> new ArrayList<>()).add(node.name());
      }
    }
    List<LayerSummary> layers =
        new ReportWriter(network, name -> names.getOrDefault(name, List.of())).layers();
    Map<String, Parameter> distinct = distinct(layers);
    List<BatchNormalizationSummary> summaries = new ArrayList<>();
    for (BatchNormalizationLayer layer : network.batchNormalizations()) {
      BatchNormalizationSummary summary = known.get(layer.name());
      List<String> nodes = new ArrayList<>(summary == null ? List.of() : summary.nodes());
      nodes.addAll(appliers.getOrDefault(layer.name(), List.of()));
      summaries.add(
          new BatchNormalizationSummary(
              layer.name(),
              layer.channels(),
              layer.epsilon(),
              summary == null ? momentum : summary.momentum(),
              layer.kind().word(),
              nodes));
    }
    return new ImportReport(
        before.producer(),
        before.irVersion(),
        before.operatorSet(),
        before.inputs(),
        before.outputs(),
        layers,
        elements(distinct),
        bytes(distinct),
        summaries,
        Warnings.revise(before, network),
        before.restoration());
  }

  private static Map<String, Parameter> distinct(List<LayerSummary> layers) {
    Map<String, Parameter> distinct = new LinkedHashMap<>();
    layers.forEach(layer -> layer.parameters().forEach(p -> distinct.put(p.name(), p)));
    return distinct;
  }

  private static long elements(Map<String, Parameter> parameters) {
    return parameters.values().stream().mapToLong(Parameter::count).sum();
  }

  private static long bytes(Map<String, Parameter> parameters) {
    return parameters.values().stream().mapToLong(p -> p.count() * p.dataType().bytes()).sum();
  }

  private List<LayerSummary> layers() {
    return network.nodes().stream()
        .map(node -> new LayerSummary(node.name(), node.operator(), parameters(node)))
        .toList();
  }

  private List<Parameter> parameters(Node node) {
    if (node.batchNormalization() != null) {
      return batchNormalizations.getOrDefault(node.batchNormalization(), List.of());
    }
    List<Parameter> parameters = new ArrayList<>();
    for (String input : node.inputs()) {
      Tensor constant = network.constants().get(input);
      // Whole numbers are axes, shapes and indices, not parameters.
      if (constant != null && constant.dataType().isFloatingPoint()) {
        List<Long> shape = new ArrayList<>();
        for (long dimension : constant.shape().toLongs()) {
          shape.add(dimension);
        }
        parameters.add(new Parameter(input, constant.dataType(), shape, constant.size()));
      }
    }
    return parameters;
  }
}
