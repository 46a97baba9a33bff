package io.norma.onnx;

import io.norma.kernel.layer.Cast;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.file.FileNode;
import io.norma.onnx.file.OnnxTensors;
import io.norma.onnx.operators.Attributes;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The data types and ranks of values that are known only in a run, as far as they follow from what
 * makes them, or as the file declares them.
 */
final class ValueFacts {
  private static final int UNKNOWN = -1;

  /** Operators whose outputs have the type and the rank of their first input. */
  private static final Set<String> LIKE_FIRST =
      Set.of(
          "Abs",
          "AveragePool",
          "BatchNormalization",
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
          "Mish",
          "Neg",
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

  /** Operators of operands of one type that broadcast. */
  private static final Set<String> BROADCASTING =
      Set.of("Add", "Div", "Max", "Mean", "Min", "Mul", "PRelu", "Pow", "Sub", "Sum");

  private record Fact(@Nullable DataType type, int rank) {
    static final Fact NONE = new Fact(null, UNKNOWN);
  }

  private final Function<String, @Nullable Tensor> constants;
  private final Map<String, Fact> facts = new HashMap<>();
  private final Map<String, ValueInfoProto> declared = new HashMap<>();
  private final int operatorSet;

  /**
   * @param constants the value of a constant by its name
   * @param declarations what the file says of values inside of the graph
   */
  ValueFacts(
      Function<String, @Nullable Tensor> constants,
      List<ValueInfoProto> declarations,
      int operatorSet) {
    this.constants = constants;
    this.operatorSet = operatorSet;
    declarations.forEach(value -> declared.put(value.getName(), value));
  }

  /** Notes that a value has a second name. */
  void alias(String value, String name) {
    facts.put(name, fact(value));
  }

  /** A node that casts to the type of a value, as one that casts to that type if it is known. */
  FileNode withKnownTarget(FileNode node) {
    boolean likeAnother = node.operator().equals("CastLike") && node.proto().getInputCount() == 2;
    DataType type = likeAnother ? type(node.proto().getInput(1)) : null;
    if (type == null) {
      return node;
    }
    AttributeProto to =
        AttributeProto.newBuilder()
            .setName("to")
            .setType(AttributeProto.AttributeType.INT)
            .setI(OnnxTensors.onnxType(type))
            .build();
    return new FileNode(
        node.proto().toBuilder()
            .setOpType("Cast")
            .clearInput()
            .addInput(node.proto().getInput(0))
            .clearAttribute()
            .addAttribute(to)
            .build(),
        node.index());
  }

  /** Whether a node casts to the type that its input has. */
  boolean isIdentity(FileNode node, Layer layer) {
    return layer instanceof Cast cast && cast.to() == type(node.proto().getInput(0));
  }

  /** Notes an input. */
  void add(ValueInfoProto input) {
    facts.put(input.getName(), declared(input));
  }

  /** Notes what a node makes of values that were noted before. */
  void add(NodeProto node) {
    Fact made = made(node);
    List<String> outputs = node.getOutputList();
    for (int i = 0; i < outputs.size(); i++) {
      boolean likeFirst = i == 0 || node.getOpType().equals("Split");
      Fact fact = likeFirst ? made : Fact.NONE;
      facts.put(outputs.get(i), completed(fact, outputs.get(i)));
    }
  }

  /** The data type of a value, or {@code null} if it is not known. */
  @Nullable DataType type(String value) {
    return fact(value).type;
  }

  /** How many axes a value has, or a negative number if that is not known. */
  int rank(String value) {
    return fact(value).rank;
  }

  private Fact fact(String value) {
    Fact known = facts.get(value);
    if (known != null) {
      return known;
    }
    Tensor constant = constants.apply(value);
    return constant == null
        ? completed(Fact.NONE, value)
        : new Fact(constant.dataType(), constant.shape().rank());
  }

  private Fact completed(Fact fact, String value) {
    ValueInfoProto declaration = declared.get(value);
    if (declaration == null || (fact.type != null && fact.rank != UNKNOWN)) {
      return fact;
    }
    Fact asDeclared = declared(declaration);
    return new Fact(
        fact.type == null ? asDeclared.type : fact.type,
        fact.rank == UNKNOWN ? asDeclared.rank : fact.rank);
  }

  private static Fact declared(ValueInfoProto value) {
    TypeProto.Tensor type = value.getType().getTensorType();
    return ValueInfos.unsupportedReason(value) == null
        ? new Fact(
            OnnxTensors.dataType(type.getElemType()),
            type.hasShape() ? type.getShape().getDimCount() : UNKNOWN)
        : Fact.NONE;
  }

  private Fact made(NodeProto node) {
    String operator = node.getOpType();
    if (node.getInputCount() == 0) {
      return Fact.NONE;
    }
    Fact first = fact(node.getInput(0));
    if (LIKE_FIRST.contains(operator)) {
      return first;
    }
    if (BROADCASTING.contains(operator)) {
      return new Fact(first.type, broadcastRank(node));
    }
    return switch (operator) {
      case "Conv", "ConvTranspose" -> new Fact(first.type, rank(node.getInput(1)));
      case "Gemm", "Flatten" -> new Fact(first.type, 2);
      case "MatMul" -> new Fact(first.type, productRank(node));
      case "Cast" -> new Fact(target(node), first.rank);
      case "CastLike" -> new Fact(type(node.getInput(1)), first.rank);
      case "Reshape" -> new Fact(first.type, reshapedRank(node));
      case "MaxPool" -> first;
      case "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum" ->
          new Fact(first.type, reducedRank(node, first.rank));
      case "Squeeze" -> new Fact(first.type, lessAxes(node, first.rank));
      case "Unsqueeze" -> new Fact(first.type, moreAxes(node, first.rank));
      default -> Fact.NONE;
    };
  }

  private int broadcastRank(NodeProto node) {
    int broadcast = 0;
    for (String input : node.getInputList()) {
      int rank = rank(input);
      if (rank < 0) {
        return UNKNOWN;
      }
      broadcast = Math.max(broadcast, rank);
    }
    return broadcast;
  }

  /** A vector loses its axis in a product. */
  private int productRank(NodeProto node) {
    int left = rank(node.getInput(0));
    int right = rank(node.getInput(1));
    return left >= 2 && right >= 2 ? Math.max(left, right) : UNKNOWN;
  }

  /** How many axes a node names, or a negative number if that is not known. */
  private int axes(NodeProto node) {
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.getName().equals("axes")) {
        return attribute.getIntsCount();
      }
    }
    Tensor axes = node.getInputCount() < 2 ? null : constants.apply(node.getInput(1));
    return axes == null ? UNKNOWN : axes.size();
  }

  private int lessAxes(NodeProto node, int rank) {
    int axes = axes(node);
    return axes <= 0 || rank < axes ? UNKNOWN : rank - axes;
  }

  private int moreAxes(NodeProto node, int rank) {
    int axes = axes(node);
    return axes < 0 || rank < 0 ? UNKNOWN : rank + axes;
  }

  private int reducedRank(NodeProto node, int rank) {
    if (new Attributes(node, operatorSet).integer("keepdims", 1) != 0) {
      return rank;
    }
    return lessAxes(node, rank);
  }

  private int reshapedRank(NodeProto node) {
    Tensor shape = node.getInputCount() < 2 ? null : constants.apply(node.getInput(1));
    return shape == null ? UNKNOWN : shape.size();
  }

  private @Nullable DataType target(NodeProto node) {
    try {
      return OnnxTensors.dataType(new Attributes(node, operatorSet).integer("to", 0));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
