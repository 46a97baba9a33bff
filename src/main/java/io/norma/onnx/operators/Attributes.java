package io.norma.onnx.operators;

import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.file.OnnxTensors;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The attributes of one node, read by name with the specification's defaults. */
public final class Attributes {
  private final Map<String, AttributeProto> byName = new LinkedHashMap<>();
  private final int operatorSet;
  private final NodeProto node;

  public Attributes(NodeProto node, int operatorSet) {
    this.node = node;
    node.getAttributeList().forEach(attribute -> byName.put(attribute.getName(), attribute));
    this.operatorSet = operatorSet;
  }

  /** Version of the default domain's operator set that the file was written for. */
  public int operatorSet() {
    return operatorSet;
  }

  /** Whether the node names its output at this position, so that it must be computed. */
  boolean hasOutput(int index) {
    return index < node.getOutputCount() && !node.getOutput(index).isEmpty();
  }

  /** A number for the node that other nodes do not have: FNV-1a of its first output's name. */
  long stream() {
    long hash = 0xCBF29CE484222325L;
    for (byte b : node.getOutputBytes(0).toByteArray()) {
      hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
    }
    return hash;
  }

  /** How many outputs the node has. */
  int outputs() {
    return node.getOutputCount();
  }

  boolean has(String name) {
    return byName.containsKey(name);
  }

  /** An integer, or what stands in for one that the file does not give. */
  public int integer(String name, int otherwise) {
    AttributeProto attribute = find(name, AttributeProto.AttributeType.INT);
    return attribute == null ? otherwise : Math.toIntExact(attribute.getI());
  }

  public boolean flag(String name, boolean otherwise) {
    return integer(name, otherwise ? 1 : 0) != 0;
  }

  public float real(String name, float otherwise) {
    AttributeProto attribute = find(name, AttributeProto.AttributeType.FLOAT);
    return attribute == null ? otherwise : attribute.getF();
  }

  String string(String name, String otherwise) {
    AttributeProto attribute = find(name, AttributeProto.AttributeType.STRING);
    return attribute == null ? otherwise : attribute.getS().toStringUtf8();
  }

  /** The integers of a list, or {@code null} where the file gives none. */
  public int @Nullable [] integers(String name) {
    AttributeProto attribute = find(name, AttributeProto.AttributeType.INTS);
    return attribute == null
        ? null
        : attribute.getIntsList().stream().mapToInt(Math::toIntExact).toArray();
  }

  /**
   * The integers of a list, cut to the range of {@code int}: positions that mean "to the end" lie
   * far beyond it. {@code null} where the file gives none.
   */
  int @Nullable [] saturatedIntegers(String name) {
    AttributeProto attribute = find(name, AttributeProto.AttributeType.INTS);
    return attribute == null
        ? null
        : attribute.getIntsList().stream()
            .mapToInt(value -> Math.clamp(value, -Integer.MAX_VALUE, Integer.MAX_VALUE))
            .toArray();
  }

  /** An integer, or {@code null} where the file gives none. */
  @Nullable Integer optionalInteger(String name) {
    return has(name) ? (Integer) integer(name, 0) : null;
  }

  float @Nullable [] reals(String name) {
    AttributeProto attribute = find(name, AttributeProto.AttributeType.FLOATS);
    if (attribute == null) {
      return null;
    }
    float[] reals = new float[attribute.getFloatsCount()];
    for (int i = 0; i < reals.length; i++) {
      reals[i] = attribute.getFloats(i);
    }
    return reals;
  }

  String @Nullable [] strings(String name) {
    AttributeProto attribute = find(name, AttributeProto.AttributeType.STRINGS);
    return attribute == null
        ? null
        : attribute.getStringsList().stream().map(s -> s.toStringUtf8()).toArray(String[]::new);
  }

  /** A real number, or {@code null} where the file gives none. */
  @Nullable Float optionalReal(String name) {
    return has(name) ? (Float) real(name, 0) : null;
  }

  @Nullable Tensor tensor(String name) {
    AttributeProto attribute = find(name, AttributeProto.AttributeType.TENSOR);
    return attribute == null ? null : OnnxTensors.toTensor(attribute.getT());
  }

  /**
   * A subgraph.
   *
   * @throws IllegalArgumentException if the file gives none
   */
  public GraphProto graph(String name) {
    AttributeProto attribute = find(name, AttributeProto.AttributeType.GRAPH);
    if (attribute == null) {
      throw new IllegalArgumentException("attribute '" + name + "' is missing");
    }
    return attribute.getG();
  }

  /**
   * The constant of an enumeration by its name in lower or upper case.
   *
   * @param otherwise the default
   */
  <E extends Enum<E>> E constant(String name, E otherwise) {
    return constant(
        name, string(name, otherwise.name()), otherwise.getDeclaringClass().getEnumConstants());
  }

  /** The constant of an enumeration that ONNX writes in any case. */
  static <E extends Enum<E>> E constant(String attribute, String name, E[] constants) {
    for (E constant : constants) {
      if (constant.name().equals(name.toUpperCase(Locale.ROOT))) {
        return constant;
      }
    }
    throw new IllegalArgumentException(
        "attribute '%s' must be one of %s, but is '%s'"
            .formatted(attribute, List.of(constants), name));
  }

  private @Nullable AttributeProto find(String name, AttributeProto.AttributeType type) {
    AttributeProto attribute = byName.get(name);
    if (attribute == null) {
      return null;
    }
    // Files of the first format versions carry no type.
    if (attribute.hasType() && attribute.getType() != type) {
      throw new IllegalArgumentException(
          "attribute '%s' must be of type %s, but is %s"
              .formatted(name, type, attribute.getType()));
    }
    return attribute;
  }
}
