package io.norma.onnx;

import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.file.OnnxTensors;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A model as exporters write it by default: with each batch normalization folded into the
 * convolution or the dense layer before it, {@code W·γ/√(σ²+ε)} and {@code β + (b − μ)·γ/√(σ²+ε)}.
 *
 * @param onnx the file
 * @param checkpoint the state dict that it was exported with, as safetensors
 */
public record FoldedModel(byte[] onnx, byte[] checkpoint) {
  /** Folds a model whose weights have their output channels first. */
  public static FoldedModel of(byte[] model) throws IOException {
    ModelProto proto = ModelProto.parseFrom(model);
    Map<String, TensorProto> tensors = new LinkedHashMap<>();
    proto.getGraph().getInitializerList().forEach(t -> tensors.put(t.getName(), t));
    Map<String, Tensor> stateDict = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> stateDict.put(name, OnnxTensors.toTensor(tensor)));
    GraphProto.Builder graph = proto.getGraph().toBuilder().clearNode();
    for (NodeProto node : proto.getGraph().getNodeList()) {
      int last = graph.getNodeCount() - 1;
      if (node.getOpType().equals("BatchNormalization")) {
        graph.setNode(last, fold(graph.getNode(last), node, stateDict, tensors));
      } else {
        graph.addNode(node);
      }
    }
    graph.clearInitializer();
    graph.addAllInitializer(tensors.values());
    return new FoldedModel(
        proto.toBuilder().setGraph(graph).build().toByteArray(), safetensors(stateDict));
  }

  private static NodeProto fold(
      NodeProto layer,
      NodeProto normalization,
      Map<String, Tensor> stateDict,
      Map<String, TensorProto> tensors) {
    List<String> parameters = normalization.getInputList();
    float[] gamma = tensor(stateDict, parameters.get(1)).toFloatArray();
    float[] beta = tensor(stateDict, parameters.get(2)).toFloatArray();
    float[] mean = tensor(stateDict, parameters.get(3)).toFloatArray();
    float[] variance = tensor(stateDict, parameters.get(4)).toFloatArray();
    double epsilon =
        normalization.getAttributeList().stream()
            .filter(attribute -> attribute.getName().equals("epsilon"))
            .mapToDouble(AttributeProto::getF)
            .findFirst()
            .orElse(1e-5f);
    String weights = layer.getInput(1);
    Tensor unfolded = tensor(stateDict, weights);
    float[] folded = unfolded.toFloatArray();
    float[] bias = new float[gamma.length];
    int perChannel = folded.length / gamma.length;
    for (int c = 0; c < gamma.length; c++) {
      double scale = gamma[c] / Math.sqrt(variance[c] + epsilon);
      double own =
          layer.getInputCount() > 2 ? tensor(stateDict, layer.getInput(2)).getDouble(c) : 0;
      bias[c] = (float) (beta[c] + (own - mean[c]) * scale);
      for (int i = c * perChannel; i < (c + 1) * perChannel; i++) {
        folded[i] = (float) (folded[i] * scale);
      }
    }
    tensors.put(weights, OnnxBuilder.tensor(weights, Tensor.of(unfolded.shape(), folded)));
    tensors.put(weights + "_bias", OnnxBuilder.floatTensor(weights + "_bias", bias));
    return layer.toBuilder()
        .clearInput()
        .addInput(layer.getInput(0))
        .addInput(weights)
        .addInput(weights + "_bias")
        .setOutput(0, normalization.getOutput(0))
        .build();
  }

  private static Tensor tensor(Map<String, Tensor> stateDict, String name) {
    return Objects.requireNonNull(stateDict.get(name), name);
  }

  /** FP32 tensors as a safetensors file. */
  public static byte[] safetensors(Map<String, Tensor> tensors) throws IOException {
    StringBuilder header = new StringBuilder("{");
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor tensor = entry.getValue();
      if (!tensor.dataType().isFloatingPoint()) {
        continue;
      }
      int from = data.size();
      ByteBuffer bytes = ByteBuffer.allocate(4 * tensor.size()).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(tensor.toFloatArray());
      data.write(bytes.array());
      header
          .append(header.length() > 1 ? "," : "")
          .append(
              "\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                  .formatted(
                      entry.getKey(),
                      Arrays.toString(tensor.shape().dimensions()),
                      from,
                      data.size()));
    }
    byte[] text = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).array());
    file.write(text);
    data.writeTo(file);
    return file.toByteArray();
  }
}
