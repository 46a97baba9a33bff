package io.norma.onnx;

import io.norma.onnx.file.FileNode;
import io.norma.onnx.file.Unsupported;
import io.norma.onnx.operators.OnnxOperators;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;

/**
 * Looks into the subgraphs of a node that is refused, for more that is not supported: whoever mends
 * the node would meet it next. Nodes in there go by their path, {@code choice/then_branch/Fft_3}.
 */
final class RefusedSubgraphs {
  private final Unsupported unsupported;
  private final int operatorSet;

  RefusedSubgraphs(Unsupported unsupported, int operatorSet) {
    this.unsupported = unsupported;
    this.operatorSet = operatorSet;
  }

  /**
   * @param around the path of the graph that the node stands in
   */
  void inspect(String around, FileNode node) {
    inspect(around + node.name(), node.proto());
  }

  private void inspect(String path, NodeProto node) {
    for (AttributeProto attribute : node.getAttributeList()) {
      String inside = path + "/" + attribute.getName();
      if (attribute.hasG()) {
        inspect(inside, attribute.getG());
      }
      for (int i = 0; i < attribute.getGraphsCount(); i++) {
        inspect(inside + "/" + i, attribute.getGraphs(i));
      }
    }
  }

  private void inspect(String path, GraphProto graph) {
    for (int i = 0; i < graph.getNodeCount(); i++) {
      FileNode node = new FileNode(graph.getNode(i), i);
      String inside = path + "/" + node.name();
      String reason = OnnxOperators.unsupportedReason(node, operatorSet);
      if (reason != null) {
        unsupported.add(inside, node, reason);
      }
      inspect(inside, node.proto());
    }
  }
}
