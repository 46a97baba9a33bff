package io.norma.model;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who reads each value of a network. */
final class ValueUses {
  private final Map<String, Node> readers = new HashMap<>();
  private final Set<String> readMoreThanOnce = new HashSet<>();

  ValueUses(Network network) {
    for (Node node : network.nodes()) {
      for (String input : node.inputs()) {
        if (!input.isEmpty() && readers.put(input, node) != null) {
          readMoreThanOnce.add(input);
        }
      }
    }
    network.outputs().forEach(output -> readMoreThanOnce.add(output.name()));
  }

  /**
   * The only node that reads a value; {@code null} if there are several, none, or if the value is
   * an output of the network.
   */
  @Nullable Node onlyReader(String value) {
    return readMoreThanOnce.contains(value) ? null : readers.get(value);
  }
}
