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
 * @param nodes these nodes, each behind those whose values it reads, else in the file's order
 * @param usedValues names of the values that they, or the outputs, read
 */
record LiveNodes(List<FileNode> nodes, Set<String> usedValues) {
  /**
   * @throws MalformedOnnxException if two nodes make the same value, one makes an input, or nodes
   *     form a cycle
   */
  static LiveNodes of(GraphProto graph) {
    List<NodeProto> all = graph.getNodeList();
    Map<String, Integer> makers = makers(all);
    Set<String> used = new HashSet<>();
    Deque<String> pending = new ArrayDeque<>();
    graph.getOutputList().forEach(output -> pending.add(output.getName()));
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
    // A batch normalization may give out its statistics by the names of those that it reads.
    graph.getInitializerList().forEach(initializer -> makers.remove(initializer.getName()));
    requireInputsNotMade(graph, makers);
    List<FileNode> nodes =
        sorted(all, live, makers).stream().map(i -> new FileNode(all.get(i), i)).toList();
    return new LiveNodes(nodes, used);
  }

  /** The file's order, but for nodes that read what comes later: they wait for it. */
  private static List<Integer> sorted(
      List<NodeProto> all, BitSet live, Map<String, Integer> makers) {
    List<Integer> sorted = new ArrayList<>();
    BitSet done = new BitSet();
    BitSet begun = new BitSet();
    Deque<Visit> path = new ArrayDeque<>();
    for (int first = live.nextSetBit(0); first >= 0; first = live.nextSetBit(first + 1)) {
      if (!begun.get(first)) {
        path.push(Visit.begin(first, all, begun));
      }
      while (!path.isEmpty()) {
        Visit visit = path.peek();
        if (visit.reads.isEmpty()) {
          path.pop();
          done.set(visit.node);
          sorted.add(visit.node);
          continue;
        }
        Integer maker = makers.get(visit.reads.pop());
        if (maker == null || done.get(maker)) {
          continue;
        }
        if (begun.get(maker)) {
          throw new MalformedOnnxException(
              "node %s reads what node %s makes, which depends on it: the nodes form a cycle"
                  .formatted(
                      new FileNode(all.get(visit.node), visit.node),
                      new FileNode(all.get(maker), maker)));
        }
        path.push(Visit.begin(maker, all, begun));
      }
    }
    return sorted;
  }

  /** A node on the way, and what it reads that was not looked at yet. */
  private record Visit(int node, Deque<String> reads) {
    static Visit begin(int node, List<NodeProto> all, BitSet begun) {
      begun.set(node);
      Deque<String> reads = new ArrayDeque<>();
      collectReads(all.get(node), reads);
      return new Visit(node, reads);
    }
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

  private static void requireInputsNotMade(GraphProto graph, Map<String, Integer> makers) {
    for (ValueInfoProto input : graph.getInputList()) {
      Integer maker = makers.get(input.getName());
      if (maker != null) {
        throw new MalformedOnnxException(
            "value '%s' is an input, and made by node %s"
                .formatted(input.getName(), new FileNode(graph.getNode(maker), maker)));
      }
    }
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
