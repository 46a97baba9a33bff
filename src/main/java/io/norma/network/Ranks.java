package io.norma.network;

import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.Flatten;
import io.norma.kernel.layer.MatMul;
import io.norma.kernel.layer.Reduction;
import io.norma.kernel.layer.Reshape;
import io.norma.kernel.layer.Squeeze;
import io.norma.kernel.layer.TransposedConvolution;
import io.norma.kernel.layer.UnbroadcastDense;
import io.norma.kernel.layer.Unsqueeze;
import io.norma.kernel.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How many axes the values of a network have, as far as its layers tell without a run. What is not
 * known here is not wrong, only unknown.
 */
public final class Ranks {
  public static final int UNKNOWN = -1;

  /** Operators whose output has as many axes as their first input. */
  private static final Set<String> KEEP =
      Set.of(
          "Abs",
          "AveragePool",
          "BatchNormalization",
          "Cast",
          "CastLike",
          "Ceil",
          "Celu",
          "Clip",
          "Concat",
          "Dropout",
          "Elu",
          "Erf",
          "Exp",
          "Floor",
          "Gelu",
          "GlobalAveragePool",
          "GlobalMaxPool",
          "GroupNormalization",
          "HardSigmoid",
          "HardSwish",
          "Identity",
          "InstanceNormalization",
          "LRN",
          "LayerNormalization",
          "LeakyRelu",
          "Log",
          "LogSoftmax",
          "MaxPool",
          "Mish",
          "Neg",
          "PRelu",
          "Pad",
          "Reciprocal",
          "Relu",
          "Resize",
          "Selu",
          "Sigmoid",
          "Slice",
          "Softmax",
          "Softplus",
          "Softsign",
          "Split",
          "Sqrt",
          "Swish",
          "Tanh",
          "ThresholdedRelu",
          "Transpose",
          "Upsample");

  /** Operators that broadcast their inputs to one shape. */
  private static final Set<String> BROADCAST =
      Set.of("Add", "Div", "Max", "Mean", "Min", "Mul", "Pow", "Sub", "Sum", "Where");

  private final Function<String, @Nullable Tensor> constants;
  private final Map<String, Integer> known;

  private Ranks(Function<String, @Nullable Tensor> constants, Map<String, Integer> declared) {
    this.constants = constants;
    known = new HashMap<>(declared);
  }

  /** Those of a network's values. */
  public static Ranks of(Network network) {
    Map<String, Integer> declared = new HashMap<>();
    // A value that was declared without a shape is reported as one dynamic dimension.
    network.inputs().stream()
        .filter(input -> input.shape().size() > 1)
        .forEach(input -> declared.put(input.name(), input.shape().size()));
    return of(network.nodes(), network.constants()::get, declared);
  }

  /**
   * Those of what nodes make.
   *
   * @param constants by their names
   * @param declared ranks that are known without the nodes, inputs' among them
   */
  public static Ranks of(
      List<Node> nodes,
      Function<String, @Nullable Tensor> constants,
      Map<String, Integer> declared) {
    Ranks ranks = new Ranks(constants, declared);
    for (Node node : nodes) {
      int rank = node.inputs().isEmpty() ? UNKNOWN : ranks.after(node);
      if (rank != UNKNOWN) {
        node.outputs().forEach(output -> ranks.known.put(output, rank));
      }
    }
    return ranks;
  }

  /** The rank of a value, or {@link #UNKNOWN}. */
  public int rank(String value) {
    Integer rank = known.get(value);
    Tensor constant = rank == null ? constants.apply(value) : null;
    if (constant != null) {
      return constant.shape().rank();
    }
    return rank == null ? UNKNOWN : rank;
  }

  private int after(Node node) {
    int first = rank(node.inputs().getFirst());
    return switch (node.layer()) {
      case Convolution _, TransposedConvolution _ -> first == UNKNOWN ? ofInput(node, 1) : first;
      case Dense _, UnbroadcastDense _, Flatten _ -> 2;
      case MatMul _ -> product(first, ofInput(node, 1));
      case Reshape reshape ->
          reshape.shape() == null ? lengthOfInput(node, 1) : reshape.shape().length;
      case Squeeze squeeze -> shifted(first, axes(squeeze.axes(), node), -1);
      case Unsqueeze unsqueeze -> shifted(first, axes(unsqueeze.axes(), node), 1);
      case Reduction reduction -> reduced(reduction, node, first);
      default -> byOperator(node, first);
    };
  }

  /** A vector loses its axis in a product. */
  private static int product(int left, int right) {
    return left >= 2 && right >= 2 ? Math.max(left, right) : UNKNOWN;
  }

  private int byOperator(Node node, int first) {
    if (KEEP.contains(node.operator())) {
      return first;
    }
    if (!BROADCAST.contains(node.operator())) {
      return UNKNOWN;
    }
    int largest = 0;
    for (String input : node.inputs()) {
      if (rank(input) == UNKNOWN) {
        return UNKNOWN;
      }
      largest = Math.max(largest, rank(input));
    }
    return largest;
  }

  private int reduced(Reduction reduction, Node node, int rank) {
    if (reduction.keepAxes()) {
      return rank;
    }
    return shifted(rank, axes(reduction.axes(), node), -1);
  }

  private static int shifted(int rank, int axes, int direction) {
    return rank == UNKNOWN || axes <= 0 ? UNKNOWN : Math.max(0, rank + direction * axes);
  }

  /** How many axes an attribute or a constant names; −1 if neither says. */
  private int axes(int @Nullable [] given, Node node) {
    return given == null ? lengthOfInput(node, 1) : given.length;
  }

  private int ofInput(Node node, int input) {
    List<String> inputs = node.inputs();
    return input < inputs.size() ? rank(inputs.get(input)) : UNKNOWN;
  }

  private int lengthOfInput(Node node, int input) {
    List<String> inputs = node.inputs();
    Tensor constant = input < inputs.size() ? constants.apply(inputs.get(input)) : null;
    return constant == null ? UNKNOWN : constant.size();
  }
}
