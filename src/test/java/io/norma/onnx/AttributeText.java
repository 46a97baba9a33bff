package io.norma.onnx;

import com.google.protobuf.ByteString;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.AttributeProto.AttributeType;
import tools.jackson.databind.JsonNode;

/**
 * Attributes as tests write them: a number with a point is real, one without is whole, {@code
 * {"tensor": …}} is a tensor.
 */
final class AttributeText {
  private AttributeText() {}

  static AttributeProto parse(String name, JsonNode value) {
    AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
    if (value.isObject()) {
      attribute
          .setType(AttributeType.TENSOR)
          .setT(OnnxBuilder.tensor("", TensorText.parse(value.path("tensor").asString())));
    } else if (value.isArray()) {
      value.forEach(element -> add(attribute, element));
    } else if (value.isString()) {
      attribute.setType(AttributeType.STRING).setS(bytes(value));
    } else if (value.isFloatingPointNumber()) {
      attribute.setType(AttributeType.FLOAT).setF(value.floatValue());
    } else {
      attribute.setType(AttributeType.INT).setI(value.longValue());
    }
    return attribute.build();
  }

  private static void add(AttributeProto.Builder attribute, JsonNode element) {
    if (element.isString()) {
      attribute.setType(AttributeType.STRINGS).addStrings(bytes(element));
    } else if (element.isFloatingPointNumber()) {
      attribute.setType(AttributeType.FLOATS).addFloats(element.floatValue());
    } else {
      attribute.setType(AttributeType.INTS).addInts(element.longValue());
    }
  }

  private static ByteString bytes(JsonNode text) {
    return ByteString.copyFromUtf8(text.asString());
  }
}
