package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.AttributeProto.AttributeType;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.List;

/** Computes for as long as a request says: y ← max(y, y), m times. */
final class CountingNetwork {
  private static final long TRIED = 200_000;
  private static final String INFER = "/v2/models/counting/infer";

  private CountingNetwork() {}

  static byte[] bytes() {
    return network().bytes();
  }

  /** One that counts so far. */
  static String request(long iterations) {
    return """
    {"inputs": [{"name": "m", "datatype": "INT64", "shape": [1], "data": [%d]},
                {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}]}
    """
        .formatted(iterations);
  }

  /** How far it counts in so many seconds, where it is served under the name of counting. */
  static long iterations(StatisticsClient client, double seconds) {
    long nanos = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      long start = System.nanoTime();
      assertThat(client.post(INFER, request(TRIED)).status()).isEqualTo(200);
      nanos = Math.min(nanos, System.nanoTime() - start);
    }
    return (long) (TRIED * seconds * 1e9 / nanos);
  }

  private static OnnxBuilder network() {
    GraphProto.Builder body =
        GraphProto.newBuilder()
            .addInput(typed("i", TensorProto.DataType.INT64_VALUE))
            .addInput(typed("on", TensorProto.DataType.BOOL_VALUE))
            .addInput(typed("value", OnnxBuilder.FLOAT))
            .addNode(
                NodeProto.newBuilder()
                    .setOpType("Max")
                    .addInput("value")
                    .addInput("value")
                    .addOutput("next"))
            .addOutput(typed("on", TensorProto.DataType.BOOL_VALUE))
            .addOutput(typed("next", OnnxBuilder.FLOAT));
    AttributeProto attribute =
        AttributeProto.newBuilder().setName("body").setType(AttributeType.GRAPH).setG(body).build();
    return OnnxBuilder.operatorSet(16)
        .input(OnnxBuilder.declaration("m", TensorProto.DataType.INT64_VALUE, 1))
        .input("x", -1, 2)
        .node("count", "Loop", List.of("m", "", "x"), List.of("y"), attribute)
        .output("y", -1, 2);
  }

  private static ValueInfoProto typed(String name, int type) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder().setTensorType(TypeProto.Tensor.newBuilder().setElemType(type)))
        .build();
  }
}
