package io.norma.onnx;

import io.norma.onnx.file.FileNode;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.operators.Attributes;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The subgraphs of an {@code If}. */
record Branches(GraphProto then, GraphProto otherwise) {
  /**
   * @throws IllegalArgumentException if a branch is missing
   * @throws MalformedOnnxException if a branch makes another number of values than the node
   */
  static Branches of(FileNode node, Attributes attributes) {
    return new Branches(
        branch(node, attributes, "then_branch"), branch(node, attributes, "else_branch"));
  }

  private static GraphProto branch(FileNode node, Attributes attributes, String name) {
    GraphProto branch = attributes.graph(name);
    if (branch.getOutputCount() != node.proto().getOutputCount()) {
      throw new MalformedOnnxException(
          "node %s has %d outputs, but its %s makes %d"
              .formatted(node, node.proto().getOutputCount(), name, branch.getOutputCount()));
    }
    return branch;
  }

  /**
   * Requires that no name stands for two values, one in each branch.
   *
   * @throws IllegalArgumentException if one does
   */
  void requireDistinctNames() {
    Set<String> both = names(then);
    both.retainAll(names(otherwise));
    both.remove("");
    if (!both.isEmpty()) {
      throw new IllegalArgumentException(
          "both branches make a value called '%s'; give values names of their own"
              .formatted(both.iterator().next()));
    }
  }

  private static Set<String> names(GraphProto branch) {
    return Stream.concat(
            branch.getInitializerList().stream().map(TensorProto::getName),
            branch.getNodeList().stream()
                .map(NodeProto::getOutputList)
                .flatMap(outputs -> outputs.stream()))
        .collect(Collectors.toSet());
  }
}
