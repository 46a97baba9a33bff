package io.norma.onnx;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.onnx.ImportReport.LayerSummary;
import io.norma.onnx.ImportReport.Parameter;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Draws up the report on a finished import. */
final class ReportWriter {
  private final Network network;
  private final Map<String, List<Parameter>> batchNormalizations = new HashMap<>();

  private ReportWriter(Network network, BatchNormalizations batchNormalizations) {
    this.network = network;
    for (BatchNormalizationLayer layer : network.batchNormalizations()) {
      List<Parameter> parameters = new ArrayList<>();
      for (String name : batchNormalizations.parameterNames(layer.name())) {
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
    List<LayerSummary> layers = new ReportWriter(network, batchNormalizations).layers();
    Map<String, Parameter> distinct = new LinkedHashMap<>();
    layers.forEach(layer -> layer.parameters().forEach(p -> distinct.put(p.name(), p)));
    return new ImportReport(
        (model.getProducerName() + " " + model.getProducerVersion()).strip(),
        model.getIrVersion(),
        operatorSet,
        inputs.stream().map(ValueInfos::report).toList(),
        model.getGraph().getOutputList().stream().map(ValueInfos::report).toList(),
        layers,
        distinct.values().stream().mapToLong(Parameter::count).sum(),
        distinct.values().stream().mapToLong(p -> p.count() * p.dataType().bytes()).sum(),
        batchNormalizations.summaries(),
        warnings.list());
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
