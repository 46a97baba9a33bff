package io.norma.onnx;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.file.OnnxTensors;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.NodeProto;

/** Reads the value of a {@code Constant} node, in whichever attribute it is. */
final class Constants {
  private Constants() {}

  /**
   * @throws IllegalArgumentException if it is no tensor of numbers
   */
  static Tensor read(NodeProto node) {
    for (AttributeProto attribute : node.getAttributeList()) {
      Tensor value =
          switch (attribute.getName()) {
            case "value" -> OnnxTensors.toTensor(attribute.getT());
            case "value_float" -> Tensor.of(Shape.of(), attribute.getF());
            case "value_int" -> Tensor.of(Shape.of(), attribute.getI());
            case "value_floats" -> floats(attribute);
            case "value_ints" -> longs(attribute);
            case "sparse_value", "value_string", "value_strings" ->
                throw new IllegalArgumentException(
                    "its '" + attribute.getName() + "' is no dense tensor of numbers");
            default -> null;
          };
      if (value != null) {
        return value;
      }
    }
    throw new IllegalArgumentException("it has no value");
  }

  private static Tensor floats(AttributeProto attribute) {
    float[] floats = new float[attribute.getFloatsCount()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = attribute.getFloats(i);
    }
    return Tensor.of(Shape.of(floats.length), floats);
  }

  private static Tensor longs(AttributeProto attribute) {
    long[] longs = new long[attribute.getIntsCount()];
    for (int i = 0; i < longs.length; i++) {
      longs[i] = attribute.getInts(i);
    }
    return Tensor.of(Shape.of(longs.length), longs);
  }
}
