package io.norma.onnx;

import io.norma.onnx.file.FileNode;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.operators.Attributes;
import io.norma.onnx.proto.GraphProto;

/** The subgraphs of an {@code If}. */
record Branches(GraphProto then, GraphProto otherwise) {
  static final String THEN = "then_branch";
  static final String OTHERWISE = "else_branch";

  /**
   * @throws IllegalArgumentException if a branch is missing
   * @throws MalformedOnnxException if a branch makes another number of values than the node
   */
  static Branches of(FileNode node, Attributes attributes) {
    return new Branches(branch(node, attributes, THEN), branch(node, attributes, OTHERWISE));
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
}
