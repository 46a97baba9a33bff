package io.norma.service;

import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.OperatorSetIdProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.onnx.proto.TensorShapeProto;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A network that tells which one it is: one batch normalization of two channels with γ = 1, β = the
 * label, mean 0 and variance 1. To zeros it answers its label, and with the mean −1000 · label (of
 * {@link #statistics}) 1001 · label, so that statistics of another network show.
 */
public record LabelledNetwork(int label) {
  /** Of answers, relative: ε, which the variance leaves, is 1e-5. */
  public static final double TOLERANCE = 1e-4;

  public static final String ZEROS =
      """
      {"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [0, 0]}]}
      """;

  public byte[] bytes() {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(declaration("x"))
            .addOutput(declaration("y"))
            .addInitializer(tensor("gamma", 1))
            .addInitializer(tensor("beta", label))
            .addInitializer(tensor("mean", 0))
            .addInitializer(tensor("variance", 1))
            .addNode(
                NodeProto.newBuilder()
                    .setOpType("BatchNormalization")
                    .setName("bn")
                    .addAllInput(List.of("x", "gamma", "beta", "mean", "variance"))
                    .addOutput("y"));
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(15))
        .setGraph(graph)
        .build()
        .toByteArray();
  }

  public String sha256() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A document of running statistics that are this network's own. */
  public String statistics() {
    return """
    {"variance_convention": "population",
     "layers": {"bn": {"mean": [%d, %d], "variance": [1, 1]}}}
    """
        .formatted(-1000 * label, -1000 * label);
  }

  /** What it answers to zeros, by its own statistics or by those that came with it. */
  public double answer(boolean byOwnStatistics) {
    return byOwnStatistics ? 1001.0 * label : label;
  }

  /** A batch of two rows before which the batch normalization sees the mean {@code label}. */
  public String batch() {
    return """
    {"inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP32",
                 "data": [%d, %d, %d, %d]}]}
    """
        .formatted(label - 1, label - 1, label + 1, label + 1);
  }

  private static TensorProto tensor(String name, float value) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(TensorProto.DataType.FLOAT_VALUE)
        .addDims(2)
        .addFloatData(value)
        .addFloatData(value)
        .build();
  }

  private static ValueInfoProto declaration(String name) {
    TensorShapeProto.Builder shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(2));
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT_VALUE)
                        .setShape(shape)))
        .build();
  }
}
