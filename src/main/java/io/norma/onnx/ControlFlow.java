package io.norma.onnx;

import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.DataType;
import io.norma.network.TensorMetadata;
import io.norma.network.control.Conditional;
import io.norma.network.control.Loop;
import io.norma.network.control.Scan;
import io.norma.network.control.Scan.Direction;
import io.norma.network.control.ScanOutput;
import io.norma.network.control.Subgraph;
import io.norma.onnx.file.FileNode;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.OnnxTensors;
import io.norma.onnx.operators.Attributes;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.TensorShapeProto.Dimension;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes layers of the nodes that have graphs: {@code If}, {@code Loop}, {@code Scan}. */
final class ControlFlow {
  private static final String BODY = "body";

  private ControlFlow() {}

  /**
   * A layer with what it reads.
   *
   * @param ownInputs inputs before the captured ones, absent ones included
   * @param captured names of values of the graph around it
   */
  record LayerOfGraphs(Layer layer, int ownInputs, List<String> captured) {}

  /** Makes a subgraph of the graph of an attribute of this name. */
  @FunctionalInterface
  interface Subgraphs {
    Subgraph of(String attribute, GraphProto graph);
  }

  static LayerOfGraphs conditional(Branches branches, Subgraphs subgraphs) {
    Conditional conditional =
        new Conditional(
            subgraphs.of(Branches.THEN, branches.then()),
            subgraphs.of(Branches.OTHERWISE, branches.otherwise()));
    return new LayerOfGraphs(conditional, 1, conditional.captured());
  }

  static boolean isLoop(String operator) {
    return operator.equals("Loop") || operator.equals("Scan");
  }

  /**
   * The layer of a {@code Loop} or a {@code Scan}.
   *
   * @throws IllegalArgumentException if it is of a version that is not supported, or has no body
   * @throws MalformedOnnxException if the node and its body do not fit together
   */
  static LayerOfGraphs loop(FileNode node, Attributes attributes, Subgraphs subgraphs) {
    GraphProto body = attributes.graph(BODY);
    return node.operator().equals("Loop")
        ? loop(node, body, subgraphs)
        : scan(node, body, attributes, subgraphs);
  }

  private static LayerOfGraphs loop(FileNode node, GraphProto body, Subgraphs subgraphs) {
    int inputs = body.getInputCount();
    int carried = inputs - 2;
    int outputs = node.proto().getOutputCount();
    if (carried < 0
        || Math.max(2, node.proto().getInputCount()) != inputs
        || body.getOutputCount() < 1 + carried
        || outputs > body.getOutputCount() - 1) {
      throw new MalformedOnnxException(
          "node %s has %d inputs and %d outputs, but its body has %d and %d, where it must have as many inputs and one output more"
              .formatted(
                  node, node.proto().getInputCount(), outputs, inputs, body.getOutputCount()));
    }
    Loop loop = new Loop(subgraphs.of(BODY, body), scanned(body, 1 + carried));
    return new LayerOfGraphs(loop, inputs, loop.captured());
  }

  private static LayerOfGraphs scan(
      FileNode node, GraphProto body, Attributes attributes, Subgraphs subgraphs) {
    if (attributes.operatorSet() < 9) {
      throw new IllegalArgumentException(
          "its definition in this operator set is not supported; export with operator set 9 or"
              + " newer");
    }
    int inputs = attributes.integer("num_scan_inputs", 0);
    int states = body.getInputCount() - inputs;
    int outputs = body.getOutputCount() - states;
    if (inputs < 1
        || states < 0
        || outputs < 0
        || node.proto().getInputCount() != body.getInputCount()
        || node.proto().getOutputCount() > body.getOutputCount()) {
      throw new MalformedOnnxException(
          "node %s scans %d of %d inputs and has %d outputs, but its body has %d and %d"
              .formatted(
                  node,
                  inputs,
                  node.proto().getInputCount(),
                  node.proto().getOutputCount(),
                  body.getInputCount(),
                  body.getOutputCount()));
    }
    Subgraph graph = subgraphs.of(BODY, body);
    Scan scan =
        new Scan(
            graph,
            graph.captured(),
            directions(attributes, "input", inputs),
            directions(attributes, "output", outputs),
            scanned(body, states));
    return new LayerOfGraphs(scan, body.getInputCount(), graph.captured());
  }

  private static List<Direction> directions(Attributes attributes, String of, int count) {
    int @Nullable [] axes = attributes.integers("scan_" + of + "_axes");
    int @Nullable [] reversed = attributes.integers("scan_" + of + "_directions");
    List<Direction> directions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int axis = axes == null || i >= axes.length ? 0 : axes[i];
      boolean reverse = reversed != null && i < reversed.length && reversed[i] != 0;
      directions.add(new Direction(axis, reverse));
    }
    return directions;
  }

  private static List<ScanOutput> scanned(GraphProto body, int first) {
    return body.getOutputList().stream().skip(first).map(ControlFlow::scanned).toList();
  }

  private static ScanOutput scanned(ValueInfoProto output) {
    TypeProto.Tensor type = output.getType().getTensorType();
    List<Long> shape = new ArrayList<>();
    for (Dimension dimension : type.getShape().getDimList()) {
      shape.add(dimension.hasDimValue() ? dimension.getDimValue() : TensorMetadata.DYNAMIC);
    }
    return new ScanOutput(dataType(type), shape);
  }

  private static @Nullable DataType dataType(TypeProto.Tensor type) {
    try {
      return OnnxTensors.dataType(type.getElemType());
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
