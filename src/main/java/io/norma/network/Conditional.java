package io.norma.network;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One of two branches: {@code y = condition ? then(x…) : otherwise(x…)}.
 *
 * <p>The condition must depend on the shapes of the network's inputs alone, never on their
 * elements: an {@code ExecutionPlan} keeps the places of values in memory for a set of shapes, and
 * a row must not choose for the rows beside it.
 *
 * <p>Inputs: condition, BOOL, one element; the captured values in their order. Outputs: those of
 * the branch taken. Source: ONNX {@code If}.
 *
 * @param captured names that the branches read of the graph around them
 */
public record Conditional(Branch then, Branch otherwise, List<String> captured) implements Layer {
  /**
   * Nodes in an order in which each finds its inputs ready; none is a late-bound batch
   * normalization.
   *
   * @param outputs names of values, made by these nodes or captured
   */
  public record Branch(List<Node> nodes, List<String> outputs) {
    /**
     * @throws IllegalArgumentException if a node is a late-bound batch normalization
     */
    public Branch {
      nodes = List.copyOf(nodes);
      outputs = List.copyOf(outputs);
      for (Node node : nodes) {
        if (node.batchNormalization() != null) {
          throw new IllegalArgumentException(
              "batch normalization '%s' in a branch that is chosen in a run is not supported"
                  .formatted(node.name()));
        }
      }
    }

    private void addReads(Set<String> reads) {
      Set<String> made = new HashSet<>();
      made.add("");
      for (Node node : nodes) {
        node.inputs().stream().filter(input -> !made.contains(input)).forEach(reads::add);
        made.addAll(node.outputs());
      }
      outputs.stream().filter(output -> !made.contains(output)).forEach(reads::add);
    }
  }

  public Conditional {
    captured = List.copyOf(captured);
  }

  /** The branches, with all that they read of the graph around them. */
  public static Conditional of(Branch then, Branch otherwise) {
    Set<String> captured = new LinkedHashSet<>();
    then.addReads(captured);
    otherwise.addReads(captured);
    return new Conditional(then, otherwise, List.copyOf(captured));
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor condition = inputs.get(0);
    if (condition.dataType() != DataType.BOOL || condition.size() != 1) {
      throw new IllegalArgumentException(
          "expected a condition of one element of BOOL, got " + condition);
    }
    Branch branch = condition.getLong(0) != 0 ? then : otherwise;
    Map<String, Tensor> values = new HashMap<>();
    for (int i = 0; i < captured.size(); i++) {
      values.put(captured.get(i), inputs.get(1 + i));
    }
    for (Node node : branch.nodes()) {
      run(node, values, memory);
    }
    List<Tensor> outputs = new ArrayList<>();
    for (String output : branch.outputs()) {
      outputs.add(require(values.get(output), output));
    }
    return outputs;
  }

  private static void run(Node node, Map<String, Tensor> values, Memory memory) {
    @Nullable Tensor[] arguments = new Tensor[node.inputs().size()];
    Arrays.setAll(arguments, i -> values.get(node.inputs().get(i)));
    List<Tensor> results = node.layer().forward(Inputs.of(arguments), memory);
    for (int i = 0; i < node.outputs().size(); i++) {
      String output = node.outputs().get(i);
      if (!output.isEmpty()) {
        values.put(output, require(i < results.size() ? results.get(i) : null, output));
      }
    }
  }

  private static Tensor require(@Nullable Tensor value, String name) {
    if (value == null) {
      throw new IllegalArgumentException("nothing makes the value '" + name + "' of its branch");
    }
    return value;
  }
}
