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
import io.norma.onnx.proto.ValueInfoProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The data types of values that are known only in a run, as far as they follow from what makes
 * them, or as the file declares them.
 */
final class ValueTypes {
  /** Operators whose first output has the type of their first input. */
  private static final Set<String> LIKE_FIRST =
      Set.of(
          "Abs",
          "Add",
          "AveragePool",
          "BatchNormalization",
          "Ceil",
          "Celu",
          "Clip",
          "Concat",
          "Conv",
          "ConvTranspose",
          "Div",
          "Dropout",
          "Elu",
          "Erf",
          "Exp",
          "Flatten",
          "Floor",
          "Gelu",
          "Gemm",
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
          "MatMul",
          "Max",
          "MaxPool",
          "Mean",
          "Min",
          "Mish",
          "Mul",
          "Neg",
          "PRelu",
          "Pad",
          "Pow",
          "Reciprocal",
          "ReduceMax",
          "ReduceMean",
          "ReduceMin",
          "ReduceSum",
          "Relu",
          "Reshape",
          "Resize",
          "Selu",
          "Sigmoid",
          "Slice",
          "Softmax",
          "Softplus",
          "Softsign",
          "Split",
          "Sqrt",
          "Squeeze",
          "Sub",
          "Sum",
          "Swish",
          "Tanh",
          "ThresholdedRelu",
          "Transpose",
          "Unsqueeze",
          "Upsample");

  private final Function<String, @Nullable Tensor> constants;
  private final Map<String, DataType> known = new HashMap<>();
  private final int operatorSet;

  /**
   * @param constants the value of a constant by its name
   * @param declarations what the file says of values inside of the graph
   */
  ValueTypes(
      Function<String, @Nullable Tensor> constants,
      List<ValueInfoProto> declarations,
      int operatorSet) {
    this.constants = constants;
    this.operatorSet = operatorSet;
    declarations.forEach(this::add);
  }

  /** Notes that a value has a second name. */
  void alias(String value, String name) {
    put(name, type(value));
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

  /** Notes what the file declares of a value. */
  void add(ValueInfoProto value) {
    if (ValueInfos.unsupportedReason(value) == null) {
      put(value.getName(), OnnxTensors.dataType(value.getType().getTensorType().getElemType()));
    }
  }

  /** Notes what a node makes of values that were noted before. */
  void add(NodeProto node) {
    DataType made = made(node);
    List<String> outputs = node.getOutputList();
    int alike = node.getOpType().equals("Split") ? outputs.size() : Math.min(1, outputs.size());
    outputs.subList(0, alike).forEach(output -> put(output, made));
  }

  private void put(String value, @Nullable DataType type) {
    if (type != null) {
      known.put(value, type);
    }
  }

  /** The data type of a value, or {@code null} if it is not known. */
  private @Nullable DataType type(String value) {
    DataType type = known.get(value);
    Tensor constant = type == null ? constants.apply(value) : null;
    return constant == null ? type : constant.dataType();
  }

  private @Nullable DataType made(NodeProto node) {
    String operator = node.getOpType();
    if (node.getInputCount() == 0) {
      return null;
    }
    if (LIKE_FIRST.contains(operator)) {
      return type(node.getInput(0));
    }
    return switch (operator) {
      case "Cast" -> target(node);
      case "CastLike" -> type(node.getInput(1));
      default -> null;
    };
  }

  private @Nullable DataType target(NodeProto node) {
    try {
      return OnnxTensors.dataType(new Attributes(node, operatorSet).integer("to", 0));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
