package io.norma.onnx.operators;

import static io.norma.onnx.operators.Operator.operator;

import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.DequantizeLinear;
import io.norma.kernel.layer.DynamicQuantizeLinear;
import io.norma.kernel.layer.IntegerConvolution;
import io.norma.kernel.layer.IntegerMatMul;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.QuantizeLinear;
import io.norma.kernel.layer.QuantizedConvolution;
import io.norma.kernel.layer.QuantizedMatMul;
import io.norma.kernel.tensor.DataType;
import io.norma.onnx.file.OnnxTensors;
import java.util.Map;

/** Operators that quantize real numbers to integers, and those that compute with such integers. */
final class QuantizedOperators {
  // One line per operator: name, factory, versions. Alphabetical.
  static final Map<String, Operator> ALL =
      Map.ofEntries(
          operator("ConvInteger", a -> new IntegerConvolution(convolution(a)), 10),
          operator(
              "DequantizeLinear", QuantizedOperators::dequantize, 10, 13, 19, 21, 23, 24, 25, 28),
          operator("DynamicQuantizeLinear", a -> new DynamicQuantizeLinear(), 11),
          operator("MatMulInteger", a -> new IntegerMatMul(), 10),
          operator("QLinearConv", a -> new QuantizedConvolution(convolution(a)), 10),
          operator("QLinearMatMul", a -> new QuantizedMatMul(), 10, 21),
          operator("QuantizeLinear", QuantizedOperators::quantize, 10, 13, 19, 21, 23, 24, 25, 28));

  private QuantizedOperators() {}

  private static Convolution convolution(Attributes attributes) {
    return new Convolution(Windows.window(attributes), attributes.integer("group", 1));
  }

  private static Layer quantize(Attributes attributes) {
    int to = attributes.integer("output_dtype", 0);
    DataType type = to == 0 ? null : OnnxTensors.dataType(to);
    return new QuantizeLinear(
        attributes.integer("axis", 1), attributes.integer("block_size", 0), type);
  }

  private static Layer dequantize(Attributes attributes) {
    int to = attributes.integer("output_dtype", 0);
    if (to != 0 && OnnxTensors.dataType(to) != DataType.FP32) {
      throw new IllegalArgumentException(
          "attribute 'output_dtype' must be FLOAT, FLOAT16 or BFLOAT16, but is "
              + OnnxTensors.elementType(to));
    }
    return new DequantizeLinear(attributes.integer("axis", 1), attributes.integer("block_size", 0));
  }
}
