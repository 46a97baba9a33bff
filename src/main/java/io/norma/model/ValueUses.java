package io.norma.model;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who makes and who reads each value of a network. */
final class ValueUses {
  private final Map<String, Node> makers = new HashMap<>();
  private final Map<String, Node> readers = new HashMap<>();
  private final Set<String> readMoreThanOnce = new HashSet<>();

  ValueUses(Network network) {
    for (Node node : network.nodes()) {
      node.outputs().forEach(output -> makers.put(output, node));
      for (String input : node.inputs()) {
        if (!input.isEmpty() && readers.put(input, node) != null) {
          readMoreThanOnce.add(input);
        }
      }
    }
    network.outputs().forEach(output -> readMoreThanOnce.add(output.name()));
  }

  /** The node that makes a value; {@code null} for inputs and constants. */
  @Nullable Node maker(String value) {
    return makers.get(value);
  }

  /**
   * The only node that reads a value; {@code null} if there are several, none, or if the value is
   * an output of the network.
   */
  @Nullable Node onlyReader(String value) {
    return readMoreThanOnce.contains(value) ? null : readers.get(value);
  }

  /** The only output that anybody reads of a node with outputs. */
  static String output(Node node) {
    List<String> outputs = node.outputs();
    return outputs.getFirst();
  }
}
