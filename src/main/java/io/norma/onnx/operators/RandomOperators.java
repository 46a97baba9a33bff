package io.norma.onnx.operators;

import static io.norma.onnx.operators.Operator.operator;

import io.norma.kernel.layer.Bernoulli;
import io.norma.kernel.layer.Multinomial;
import io.norma.kernel.layer.RandomNormal;
import io.norma.kernel.layer.RandomUniform;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.onnx.file.OnnxTensors;
import io.norma.onnx.proto.TensorProto;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Operators that draw random numbers, by the file's seed or the run's. Their layers have the run's
 * source of random numbers as last input.
 */
final class RandomOperators {
  // One line per operator: name, factory, versions. Alphabetical.
  static final Map<String, Operator> ALL =
      Map.ofEntries(
          operator(
              "Bernoulli",
              a -> new Bernoulli(dataType(a), a.optionalReal("seed"), a.stream()),
              15,
              22),
          operator("Multinomial", RandomOperators::multinomial, 7, 22),
          operator("RandomNormal", a -> normal(a, dataTypeOrFloat(a), shape(a)), 1, 22),
          operator("RandomNormalLike", a -> normal(a, dataType(a), null), 1, 22),
          operator("RandomUniform", a -> uniform(a, dataTypeOrFloat(a), shape(a)), 1, 22),
          operator("RandomUniformLike", a -> uniform(a, dataType(a), null), 1, 22));

  private RandomOperators() {}

  private static RandomNormal normal(
      Attributes attributes, @Nullable DataType dataType, @Nullable Shape shape) {
    return new RandomNormal(
        attributes.real("mean", 0),
        attributes.real("scale", 1),
        dataType,
        shape,
        attributes.optionalReal("seed"),
        attributes.stream());
  }

  private static RandomUniform uniform(
      Attributes attributes, @Nullable DataType dataType, @Nullable Shape shape) {
    return new RandomUniform(
        attributes.real("low", 0),
        attributes.real("high", 1),
        dataType,
        shape,
        attributes.optionalReal("seed"),
        attributes.stream());
  }

  private static Multinomial multinomial(Attributes attributes) {
    int type = attributes.integer("dtype", TensorProto.DataType.INT32_VALUE);
    return new Multinomial(
        OnnxTensors.dataType(type),
        attributes.integer("sample_size", 1),
        attributes.optionalReal("seed"),
        attributes.stream());
  }

  private static @Nullable DataType dataType(Attributes attributes) {
    Integer type = attributes.optionalInteger("dtype");
    return type == null ? null : OnnxTensors.dataType(type);
  }

  private static DataType dataTypeOrFloat(Attributes attributes) {
    return OnnxTensors.dataType(attributes.integer("dtype", TensorProto.DataType.FLOAT_VALUE));
  }

  private static Shape shape(Attributes attributes) {
    int[] shape = attributes.integers("shape");
    if (shape == null) {
      throw new IllegalArgumentException("attribute 'shape' is required, but is absent");
    }
    return Shape.of(shape);
  }
}
