package io.norma.onnx;

import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.SparseTensorProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Gives the values of subgraphs names that no other value has: two branches may each call one
 * {@code y}, and a body may call one as the graph around it does. Names that are taken by nothing
 * else stay.
 */
final class UniqueNames {
  private final Set<String> taken = new HashSet<>();
  private final Map<String, Integer> counters = new HashMap<>();

  private UniqueNames() {}

  /** The same graph; itself if it has no subgraphs. */
  static GraphProto in(GraphProto graph) {
    if (graph.getNodeList().stream().noneMatch(UniqueNames::hasSubgraph)) {
      return graph;
    }
    UniqueNames names = new UniqueNames();
    names.takeAll(graph);
    GraphProto.Builder renamed = graph.toBuilder().clearNode();
    graph.getNodeList().forEach(node -> renamed.addNode(names.inNode(node, Map.of())));
    return renamed.build();
  }

  private static boolean hasSubgraph(NodeProto node) {
    return node.getAttributeList().stream().anyMatch(AttributeProto::hasG);
  }

  private void takeAll(GraphProto graph) {
    graph.getInputList().forEach(input -> taken.add(input.getName()));
    graph.getInitializerList().forEach(initializer -> taken.add(initializer.getName()));
    graph.getNodeList().forEach(node -> taken.addAll(node.getOutputList()));
  }

  private NodeProto inNode(NodeProto node, Map<String, String> scope) {
    if (scope.isEmpty() && !hasSubgraph(node)) {
      return node;
    }
    NodeProto.Builder renamed = node.toBuilder().clearInput().clearOutput().clearAttribute();
    node.getInputList().forEach(input -> renamed.addInput(scope.getOrDefault(input, input)));
    node.getOutputList().forEach(output -> renamed.addOutput(scope.getOrDefault(output, output)));
    for (AttributeProto attribute : node.getAttributeList()) {
      renamed.addAttribute(
          attribute.hasG()
              ? attribute.toBuilder().setG(subgraph(attribute.getG(), scope)).build()
              : attribute);
    }
    return renamed.build();
  }

  private GraphProto subgraph(GraphProto graph, Map<String, String> around) {
    Map<String, String> own = new HashMap<>();
    graph.getInputList().forEach(input -> declare(input.getName(), own));
    graph.getInitializerList().forEach(initializer -> declare(initializer.getName(), own));
    graph.getSparseInitializerList().forEach(s -> declare(s.getValues().getName(), own));
    graph.getNodeList().forEach(node -> node.getOutputList().forEach(o -> declare(o, own)));
    Map<String, String> scope = new HashMap<>(around);
    scope.putAll(own);
    GraphProto.Builder renamed =
        graph.toBuilder()
            .clearInput()
            .clearOutput()
            .clearInitializer()
            .clearSparseInitializer()
            .clearNode();
    graph.getInputList().forEach(input -> renamed.addInput(inScope(input, scope)));
    graph.getOutputList().forEach(output -> renamed.addOutput(inScope(output, scope)));
    for (TensorProto initializer : graph.getInitializerList()) {
      String name = scope.getOrDefault(initializer.getName(), initializer.getName());
      renamed.addInitializer(initializer.toBuilder().setName(name));
    }
    for (SparseTensorProto sparse : graph.getSparseInitializerList()) {
      String name = sparse.getValues().getName();
      renamed.addSparseInitializer(
          sparse.toBuilder()
              .setValues(sparse.getValues().toBuilder().setName(scope.getOrDefault(name, name))));
    }
    graph.getNodeList().forEach(node -> renamed.addNode(inNode(node, scope)));
    return renamed.build();
  }

  private static ValueInfoProto inScope(ValueInfoProto value, Map<String, String> scope) {
    return value.toBuilder().setName(scope.getOrDefault(value.getName(), value.getName())).build();
  }

  /** A name that is declared twice in one graph stays one, for what is made twice is refused. */
  private void declare(String name, Map<String, String> own) {
    if (name.isEmpty() || own.containsKey(name)) {
      return;
    }
    String unique = name;
    while (!taken.add(unique)) {
      unique = name + "_" + (1 + counters.merge(name, 1, Integer::sum));
    }
    own.put(name, unique);
  }
}
