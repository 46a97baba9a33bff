package io.norma.network.control;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.Value;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What subgraphs read of the graph around their layer: the last inputs of the layer. */
final class Captured {
  private Captured() {}

  /** The names, each once. */
  static List<String> of(Subgraph... graphs) {
    Set<String> names = new LinkedHashSet<>();
    for (Subgraph graph : graphs) {
      names.addAll(graph.captured());
    }
    return List.copyOf(names);
  }

  /**
   * The values by name, in a map that the caller may change.
   *
   * @param first position of the first of them among the layer's inputs
   */
  static Map<String, Value> values(List<String> names, Inputs inputs, int first) {
    Map<String, Value> values = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      values.put(names.get(i), inputs.value(first + i));
    }
    return values;
  }
}
