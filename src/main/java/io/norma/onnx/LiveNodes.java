package io.norma.onnx;

import io.norma.onnx.file.FileNode;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The nodes that a graph's outputs depend on.
 *
 * @param nodes these nodes in the file's order
 * @param usedValues names of the values that they, or the outputs, read
 */
record LiveNodes(List<FileNode> nodes, Set<String> usedValues) {
  static LiveNodes of(GraphProto graph) {
    return of(
        graph.getNodeList(), graph.getOutputList().stream().map(ValueInfoProto::getName).toList());
  }

  /**
   * @throws MalformedOnnxException if two nodes make the same value
   */
  static LiveNodes of(List<NodeProto> all, List<String> outputs) {
    Map<String, Integer> makers = makers(all);
    Set<String> used = new HashSet<>();
    Deque<String> pending = new ArrayDeque<>(outputs);
    BitSet live = new BitSet();
    while (!pending.isEmpty()) {
      String value = pending.pop();
      Integer maker = makers.get(value);
      if (used.add(value) && maker != null && !live.get(maker)) {
        live.set(maker);
        collectReads(all.get(maker), pending);
      }
    }
    used.remove("");
    return new LiveNodes(live.stream().mapToObj(i -> new FileNode(all.get(i), i)).toList(), used);
  }

  private static Map<String, Integer> makers(List<NodeProto> nodes) {
    Map<String, Integer> makers = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      for (String output : nodes.get(i).getOutputList()) {
        Integer other = output.isEmpty() ? null : makers.put(output, i);
        if (other != null) {
          throw new MalformedOnnxException(
              "value '%s' is made twice, by node %s and by node %s"
                  .formatted(
                      output,
                      new FileNode(nodes.get(other), other),
                      new FileNode(nodes.get(i), i)));
        }
      }
    }
    return makers;
  }

  /** Subgraphs read values of the graph around them without declaring it. */
  private static void collectReads(NodeProto node, Deque<String> reads) {
    reads.addAll(node.getInputList());
    for (GraphProto graph : subgraphs(node)) {
      graph.getOutputList().forEach(output -> reads.add(output.getName()));
      graph.getNodeList().forEach(inner -> collectReads(inner, reads));
    }
  }

  private static List<GraphProto> subgraphs(NodeProto node) {
    List<GraphProto> graphs = new ArrayList<>();
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.hasG()) {
        graphs.add(attribute.getG());
      }
      graphs.addAll(attribute.getGraphsList());
    }
    return graphs;
  }
}
