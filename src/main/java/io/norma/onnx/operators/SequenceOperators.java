package io.norma.onnx.operators;

import static io.norma.onnx.operators.Operator.operator;

import io.norma.kernel.layer.ConcatFromSequence;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.SequenceAt;
import io.norma.kernel.layer.SequenceConstruct;
import io.norma.kernel.layer.SequenceEmpty;
import io.norma.kernel.layer.SequenceErase;
import io.norma.kernel.layer.SequenceInsert;
import io.norma.kernel.layer.SequenceLength;
import io.norma.kernel.layer.SplitToSequence;
import io.norma.onnx.file.OnnxTensors;
import io.norma.onnx.proto.TensorProto;
import java.util.Map;

/** Operators that make, change or read sequences of tensors. */
final class SequenceOperators {
  // One line per operator: name, factory, versions. Alphabetical.
  static final Map<String, Operator> ALL =
      Map.ofEntries(
          operator(
              "ConcatFromSequence",
              a -> new ConcatFromSequence(a.integer("axis", 0), a.flag("new_axis", false)),
              11),
          operator("SequenceAt", a -> new SequenceAt(), 11),
          operator("SequenceConstruct", a -> new SequenceConstruct(), 11),
          operator("SequenceEmpty", SequenceOperators::empty, 11),
          operator("SequenceErase", a -> new SequenceErase(), 11),
          operator("SequenceInsert", a -> new SequenceInsert(), 11),
          operator("SequenceLength", a -> new SequenceLength(), 11),
          operator(
              "SplitToSequence",
              a -> new SplitToSequence(a.integer("axis", 0), a.flag("keepdims", true)),
              11,
              24));

  private SequenceOperators() {}

  private static Layer empty(Attributes attributes) {
    int type = attributes.integer("dtype", TensorProto.DataType.FLOAT_VALUE);
    return new SequenceEmpty(OnnxTensors.dataType(type));
  }
}
