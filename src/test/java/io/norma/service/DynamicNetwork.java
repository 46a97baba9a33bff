package io.norma.service;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.proto.TensorShapeProto;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.Collections;
import java.util.List;

/**
 * A convolution, a batch normalization and a mean over images of any size: (N, 3, H, W) → (N, 4, 1,
 * 1).
 */
final class DynamicNetwork {
  private static final int CHANNELS = 4;

  byte[] bytes() {
    float[] weights = new float[CHANNELS * 3 * 3 * 3];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (i % 7 - 3) / 10f;
    }
    return OnnxBuilder.operatorSet(15)
        .input(declaration("x", "N", "3", "H", "W"))
        .output(declaration("y", "N", "4", "1", "1"))
        .initializer(OnnxBuilder.tensor("w", Tensor.of(Shape.of(CHANNELS, 3, 3, 3), weights)))
        .floats("gamma", 1, 1, 1, 1)
        .floats("beta", 0, 0, 0, 0)
        .floats("mean", 0, 0.1f, 0.2f, 0.3f)
        .floats("variance", 1, 2, 3, 4)
        .node("conv", "Conv", List.of("x", "w"), List.of("a"))
        .node(
            "bn",
            "BatchNormalization",
            List.of("a", "gamma", "beta", "mean", "variance"),
            List.of("b"))
        .node("pool", "GlobalAveragePool", List.of("b"), List.of("y"))
        .bytes();
  }

  static String request(int height, int width) {
    String elements = String.join(",", Collections.nCopies(3 * height * width, "0.5"));
    return """
    {"inputs": [{"name": "x", "shape": [1, 3, %d, %d], "datatype": "FP32", "data": [%s]}]}
    """
        .formatted(height, width, elements);
  }

  private static ValueInfoProto declaration(String name, String... extents) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (String extent : extents) {
      if (Character.isDigit(extent.charAt(0))) {
        shape.addDimBuilder().setDimValue(Long.parseLong(extent));
      } else {
        shape.addDimBuilder().setDimParam(extent);
      }
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(OnnxBuilder.FLOAT).setShape(shape)))
        .build();
  }
}
