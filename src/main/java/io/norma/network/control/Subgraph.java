package io.norma.network.control;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.LimitException;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.NestedMemory;
import io.norma.kernel.tensor.Value;
import io.norma.network.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A graph within a layer: a branch, or the body of a loop. It is computed node by node, each value
 * let go as soon as nothing reads it any more; what it computes may follow elements, so nothing of
 * it is planned.
 */
public final class Subgraph {
  private static final int ABSENT = -1;

  private final List<String> inputs;
  private final List<Node> nodes;
  private final List<String> outputs;
  private final List<String> captured;
  private final int slots;
  private final int[][] reads;
  private final int[][] makes;
  private final int[][] lastReads;
  private final int[] outputSlots;

  /**
   * @param inputs names of values that the layer gives it
   * @param nodes in an order in which each finds its inputs ready; none is a late-bound batch
   *     normalization
   * @param outputs names of values: inputs, captured ones, or what these nodes make
   * @throws IllegalArgumentException if a node is a late-bound batch normalization
   */
  public Subgraph(List<String> inputs, List<Node> nodes, List<String> outputs) {
    this.inputs = List.copyOf(inputs);
    this.nodes = List.copyOf(nodes);
    this.outputs = List.copyOf(outputs);
    for (Node node : nodes) {
      if (node.batchNormalization() != null) {
        throw new IllegalArgumentException(
            "batch normalization '%s' in a graph within a layer cannot be bound late"
                .formatted(node.name()));
      }
    }
    captured = captured(inputs, nodes, outputs);
    Map<String, Integer> slotOf = new HashMap<>();
    inputs.forEach(name -> slotOf.put(name, slotOf.size()));
    captured.forEach(name -> slotOf.put(name, slotOf.size()));
    for (Node node : nodes) {
      node.outputs().stream()
          .filter(name -> !name.isEmpty())
          .forEach(name -> slotOf.put(name, slotOf.size()));
    }
    slots = slotOf.size();
    reads = nodes.stream().map(node -> slots(slotOf, node.inputs())).toArray(int[][]::new);
    makes = nodes.stream().map(node -> slots(slotOf, node.outputs())).toArray(int[][]::new);
    outputSlots = slots(slotOf, this.outputs);
    lastReads = lastReads();
  }

  private static List<String> captured(
      List<String> inputs, List<Node> nodes, List<String> outputs) {
    Set<String> made = new LinkedHashSet<>(inputs);
    made.add("");
    Set<String> captured = new LinkedHashSet<>();
    for (Node node : nodes) {
      node.inputs().stream().filter(input -> !made.contains(input)).forEach(captured::add);
      made.addAll(node.outputs());
    }
    outputs.stream().filter(output -> !made.contains(output)).forEach(captured::add);
    return List.copyOf(captured);
  }

  private static int[] slots(Map<String, Integer> slotOf, List<String> names) {
    return names.stream().mapToInt(name -> slotOf.getOrDefault(name, ABSENT)).toArray();
  }

  /** The slots that no node after this one reads, for each node. */
  private int[][] lastReads() {
    int[] last = new int[slots];
    Arrays.fill(last, ABSENT);
    for (int n = 0; n < reads.length; n++) {
      for (int[] touched : List.of(reads[n], makes[n])) {
        for (int slot : touched) {
          if (slot != ABSENT) {
            last[slot] = n;
          }
        }
      }
    }
    for (int slot : outputSlots) {
      last[slot] = nodes.size();
    }
    int[] counts = new int[nodes.size()];
    for (int node : last) {
      if (node != ABSENT && node < counts.length) {
        counts[node]++;
      }
    }
    int[][] lasts = new int[counts.length][];
    Arrays.setAll(lasts, n -> new int[counts[n]]);
    for (int slot = 0; slot < slots; slot++) {
      int node = last[slot];
      if (node != ABSENT && node < counts.length) {
        lasts[node][--counts[node]] = slot;
      }
    }
    return lasts;
  }

  /** How many nodes there are, with those of graphs within. */
  public static long count(List<Node> nodes) {
    long count = nodes.size();
    for (Node node : nodes) {
      if (node.layer() instanceof GraphLayer layer) {
        for (Subgraph graph : layer.graphs()) {
          count += count(graph.nodes);
        }
      }
    }
    return count;
  }

  /** How many values the layer gives it. */
  int inputs() {
    return inputs.size();
  }

  /** How many values it gives out. */
  int outputs() {
    return outputs.size();
  }

  /** Names of the values that it reads of the graph around it. */
  public List<String> captured() {
    return captured;
  }

  /**
   * Computes the outputs.
   *
   * @param given as many values as it has inputs
   * @param around those that it captures, by name
   * @throws IllegalArgumentException if a node finds that its inputs do not fit
   */
  List<Value> run(List<? extends Value> given, Map<String, Value> around, Memory memory) {
    NestedMemory nested = memory.nested();
    @Nullable Value[] values = new Value[slots];
    for (int i = 0; i < given.size(); i++) {
      put(values, i, given.get(i), nested);
    }
    for (int i = 0; i < captured.size(); i++) {
      put(values, given.size() + i, around.get(captured.get(i)), nested);
    }
    for (int n = 0; n < nodes.size(); n++) {
      run(n, values, nested);
    }
    List<Value> results = new ArrayList<>(outputSlots.length);
    for (int i = 0; i < outputSlots.length; i++) {
      Value result = values[outputSlots[i]];
      if (result == null) {
        throw new IllegalArgumentException("nothing makes '" + outputs.get(i) + "'");
      }
      nested.keep(result);
      results.add(result);
    }
    for (Value value : values) {
      if (value != null) {
        nested.drop(value);
      }
    }
    nested.end(results);
    return results;
  }

  private void run(int n, @Nullable Value[] values, NestedMemory nested) {
    Node node = nodes.get(n);
    @Nullable Value[] arguments = new Value[reads[n].length];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = reads[n][i] == ABSENT ? null : values[reads[n][i]];
    }
    List<? extends Value> results = compute(node, Inputs.of(arguments), nested);
    for (int i = 0; i < makes[n].length; i++) {
      if (makes[n][i] == ABSENT) {
        continue;
      }
      if (i >= results.size()) {
        throw new IllegalArgumentException(
            "the network reads output %d, '%s', of node '%s', but the layer makes %d: correct the model"
                .formatted(i, node.outputs().get(i), node.name(), results.size()));
      }
      put(values, makes[n][i], results.get(i), nested);
    }
    for (int slot : lastReads[n]) {
      Value value = values[slot];
      if (value != null) {
        nested.drop(value);
        values[slot] = null;
      }
    }
    nested.endNode();
  }

  private static void put(
      @Nullable Value[] values, int slot, @Nullable Value value, NestedMemory nested) {
    values[slot] = value;
    if (value != null) {
      nested.keep(value);
    }
  }

  private static List<? extends Value> compute(Node node, Inputs inputs, Memory memory) {
    try {
      return node.layer().values(inputs, memory);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException("node '%s': %s".formatted(node.name(), e.getMessage()), e);
    } catch (LimitException e) {
      throw e.of("node '" + node.name() + "': ");
    }
  }
}
