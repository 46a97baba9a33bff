package io.norma.onnx.restoration;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.ImportResult;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.proto.AttributeProto;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/**
 * A file whose batch normalizations are folded, in double arithmetic, into the layers before them,
 * and the checkpoint that it was made from. Layers form a chain with a Relu behind each.
 */
final class FoldedModel {
  /** A batch normalization as it was trained. */
  record Trained(float[] gamma, float[] beta, float[] mean, float[] variance, double epsilon) {
    double scale(int channel) {
      return gamma[channel] / Math.sqrt(variance[channel] + epsilon);
    }
  }

  final OnnxBuilder file = OnnxBuilder.operatorSet(17);
  final Map<String, Tensor> checkpoint = new LinkedHashMap<>();
  private final Random random;
  private String value = "x";
  private int count;

  FoldedModel(long seed, long... input) {
    random = new Random(seed);
    file.input("x", input);
  }

  ImportResult imported(long... output) {
    return file.output(value, output).read();
  }

  Checkpoint checkpoint() {
    return Checkpoint.of(checkpoint);
  }

  /** A tensor of the checkpoint. */
  Tensor tensor(String name) {
    return Objects.requireNonNull(checkpoint.get(name));
  }

  /** Random weights under a name of the checkpoint. */
  Tensor weights(String name, int... shape) {
    Tensor weights = Tensor.zeros(DataType.FP32, Shape.of(shape));
    for (int i = 0; i < weights.size(); i++) {
      weights.floats()[i] = (float) (0.3 * random.nextGaussian());
    }
    checkpoint.put(name, weights);
    return weights;
  }

  /** A random batch normalization under a name of the checkpoint. */
  Trained normalization(String module, int channels, double epsilon) {
    Trained trained =
        new Trained(
            uniform(channels, 0.5, 1.5),
            uniform(channels, -0.5, 0.5),
            uniform(channels, -1, 1),
            uniform(channels, 0.02, 2),
            epsilon);
    put(module, trained);
    return trained;
  }

  /** One as before any training. */
  Trained fresh(String module, int channels) {
    float[] ones = uniform(channels, 1, 1);
    Trained trained =
        new Trained(ones, new float[channels], new float[channels], ones.clone(), 1e-5);
    put(module, trained);
    return trained;
  }

  private void put(String module, Trained trained) {
    checkpoint.put(module + ".weight", vector(trained.gamma()));
    checkpoint.put(module + ".bias", vector(trained.beta()));
    checkpoint.put(module + ".running_mean", vector(trained.mean()));
    checkpoint.put(module + ".running_var", vector(trained.variance()));
  }

  static Tensor vector(float... elements) {
    return Tensor.of(Shape.of(elements.length), elements);
  }

  private float[] uniform(int length, double from, double to) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (from + (to - from) * random.nextDouble());
    }
    return values;
  }

  /** W·γ/√(σ²+ε), rounded as a file rounds. */
  static Tensor folded(
      Tensor weights, Trained trained, int[] channelOf, DoubleUnaryOperator rounding) {
    Tensor folded = Tensor.zeros(DataType.FP32, weights.shape());
    for (int i = 0; i < folded.size(); i++) {
      folded.floats()[i] =
          (float) rounding.applyAsDouble(weights.floats()[i] * trained.scale(channelOf[i]));
    }
    return folded;
  }

  /** β + (b − μ)·γ/√(σ²+ε). */
  static float[] foldedBias(float[] bias, Trained trained, DoubleUnaryOperator rounding) {
    float[] folded = new float[trained.mean().length];
    for (int c = 0; c < folded.length; c++) {
      double own = bias.length == 0 ? 0 : bias[c];
      double exact = trained.beta()[c] + (own - trained.mean()[c]) * trained.scale(c);
      folded[c] = (float) rounding.applyAsDouble(exact);
    }
    return folded;
  }

  /** A convolution with its batch normalization folded in. */
  FoldedModel convolution(
      String module, int groups, boolean hasBias, Trained trained, int... shape) {
    int perChannel = Shape.of(shape).size() / shape[0];
    int[] channelOf = new int[Shape.of(shape).size()];
    for (int i = 0; i < channelOf.length; i++) {
      channelOf[i] = i / perChannel;
    }
    return folded("Conv", module, groups, hasBias, trained, channelOf, shape);
  }

  /** A transposed one: weights (C, M/G, …). */
  FoldedModel transposed(
      String module, int groups, boolean hasBias, Trained trained, int... shape) {
    int taps = Shape.of(shape).size() / shape[0] / shape[1];
    int[] channelOf = new int[Shape.of(shape).size()];
    for (int i = 0; i < channelOf.length; i++) {
      int input = i / taps / shape[1];
      int group = input / (shape[0] / groups);
      channelOf[i] = group * shape[1] + i / taps % shape[1];
    }
    return folded("ConvTranspose", module, groups, hasBias, trained, channelOf, shape);
  }

  private FoldedModel folded(
      String operator,
      String module,
      int groups,
      boolean hasBias,
      Trained trained,
      int[] channelOf,
      int... shape) {
    Tensor weights = weights(module + ".weight", shape);
    float[] bias = hasBias ? bias(module, trained.mean().length) : new float[0];
    return node(
        operator,
        module,
        folded(weights, trained, channelOf, x -> x),
        foldedBias(bias, trained, x -> x),
        OnnxBuilder.integer("group", groups));
  }

  private float[] bias(String module, int channels) {
    float[] bias = uniform(channels, -1, 1);
    checkpoint.put(module + ".bias", vector(bias));
    return bias;
  }

  /** A layer that reads these constants, and a Relu. */
  FoldedModel node(
      String operator, String module, Tensor weights, float[] bias, AttributeProto... attributes) {
    file.initializer(OnnxBuilder.tensor(module + ".weight", weights))
        .floats(module + ".weight_bias", bias);
    return apply(operator, module, module + ".weight", module + ".weight_bias", attributes);
  }

  /** A layer of constants that the file has, and a Relu. */
  FoldedModel apply(
      String operator, String name, String weights, String bias, AttributeProto... attributes) {
    String y = name + ".y" + count;
    List<String> inputs = new ArrayList<>(List.of(value, weights));
    if (!bias.isEmpty()) {
      inputs.add(bias);
    }
    file.node("node_" + name + count, operator, inputs, List.of(y), attributes);
    return relu(y);
  }

  FoldedModel relu(String y) {
    value = y + ".relu";
    count++;
    file.node("relu" + count, "Relu", List.of(y), List.of(value));
    return this;
  }

  String value() {
    return value;
  }

  /** A dense layer; the file has (M, K), or (K, M) if it is not transposed. */
  FoldedModel dense(
      String module, boolean transposed, boolean hasBias, Trained trained, int m, int k) {
    Tensor folded = foldedMatrix(module, trained, m, k);
    float[] bias = hasBias ? bias(module, m) : new float[0];
    Tensor inFile = transposed ? folded : transpose(folded);
    return node(
        "Gemm",
        module,
        inFile,
        foldedBias(bias, trained, x -> x),
        OnnxBuilder.integer("transB", transposed ? 1 : 0));
  }

  /** A product and an addition. */
  FoldedModel product(String module, boolean hasBias, Trained trained, int m, int k) {
    Tensor folded = transpose(foldedMatrix(module, trained, m, k));
    float[] bias = hasBias ? bias(module, m) : new float[0];
    file.initializer(OnnxBuilder.tensor("val_" + count, folded))
        .floats("bias_" + count, foldedBias(bias, trained, x -> x))
        .node("matmul" + count, "MatMul", List.of(value, "val_" + count), List.of("p" + count))
        .node("add" + count, "Add", List.of("bias_" + count, "p" + count), List.of("s" + count));
    return relu("s" + count);
  }

  private Tensor foldedMatrix(String module, Trained trained, int m, int k) {
    Tensor weights = weights(module + ".weight", m, k);
    int[] channelOf = new int[m * k];
    for (int i = 0; i < channelOf.length; i++) {
      channelOf[i] = i / k;
    }
    return folded(weights, trained, channelOf, x -> x);
  }

  static Tensor transpose(Tensor matrix) {
    int rows = matrix.shape().dimension(0);
    int columns = matrix.shape().dimension(1);
    Tensor transposed = Tensor.zeros(DataType.FP32, Shape.of(columns, rows));
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        transposed.floats()[j * rows + i] = matrix.floats()[i * columns + j];
      }
    }
    return transposed;
  }
}
