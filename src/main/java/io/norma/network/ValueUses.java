package io.norma.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who reads each value of a network. */
public final class ValueUses {
  private final Map<String, List<Node>> readers = new HashMap<>();
  private final Set<String> outputs = new HashSet<>();

  public ValueUses(Network network) {
    for (Node node : network.nodes()) {
      for (String input : node.inputs()) {
        if (!input.isEmpty()) {
          readers.computeIfAbsent(input, name -> new ArrayList<>()).add(node);
        }
      }
    }
    network.outputs().forEach(output -> outputs.add(output.name()));
  }

  /**
   * The only node that reads a value; {@code null} if there are several, none, or if the value is
   * an output of the network.
   */
  public @Nullable Node onlyReader(String value) {
    List<Node> all = onlyReaders(value);
    return all.size() == 1 ? all.getFirst() : null;
  }

  /**
   * All nodes that read a value, in the network's order, one that reads it twice twice; none if the
   * value is an output of the network.
   */
  public List<Node> onlyReaders(String value) {
    return outputs.contains(value) ? List.of() : readers.getOrDefault(value, List.of());
  }
}
