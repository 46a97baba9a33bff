package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.ImportWarning.Code;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Networks of which a part was folded: convolution, batch normalization, ReLU, and what is added.
 */
final class LostNormalizationsTest {
  private static OnnxBuilder network() {
    OnnxBuilder file = OnnxBuilder.operatorSet(22).input("x", -1, 2, 4, 4);
    weights(file, "kept.weight");
    weights(file, "head.weight");
    return file.floats("bias", 1, 2)
        .floats("bn.weight", 1, 2)
        .floats("bn.bias", 0, 1)
        .floats("bn.running_mean", 3, 4)
        .floats("bn.running_var", 2, 2)
        .node("kept", "Conv", List.of("x", "kept.weight"), List.of("a"))
        .node(
            "bn",
            "BatchNormalization",
            List.of("a", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"),
            List.of("b"))
        .node("relu", "Relu", List.of("b"), List.of("c"));
  }

  private static void weights(OnnxBuilder file, String name) {
    float[] weights = {1, 2, 3, 4};
    file.initializer(OnnxBuilder.tensor(name, Tensor.of(Shape.of(2, 2, 1, 1), weights)));
  }

  /** The last layer, which has a bias and nothing behind it. */
  private static List<String> lost(OnnxBuilder file, String last) {
    return file
        .node("head", "Conv", List.of(last, "head.weight", "bias"), List.of("z"))
        .node("sigmoid", "Sigmoid", List.of("z"), List.of("y"))
        .output("y", -1, 2, -1, -1)
        .read()
        .report()
        .warnings()
        .stream()
        .filter(warning -> warning.code() == Code.BATCH_NORMALIZATION_PARTLY_FOLDED)
        .flatMap(warning -> warning.names().stream())
        .toList();
  }

  @Test
  void namesConvolutionsWithABiasInPlaceOfABatchNormalization() {
    OnnxBuilder file = network();
    weights(file, "onnx::Conv_1");
    file.node("bare", "Conv", List.of("c", "onnx::Conv_1", "bias"), List.of("d"))
        .node("act", "Relu", List.of("d"), List.of("e"));

    assertThat(lost(file, "e")).containsExactly("bare");
  }

  @Test
  void namesThoseThatASwishFollows() {
    OnnxBuilder file = network();
    weights(file, "onnx::Conv_1");
    file.node("bare", "Conv", List.of("c", "onnx::Conv_1", "bias"), List.of("d"))
        .node("gate", "Sigmoid", List.of("d"), List.of("g"))
        .node("swish", "Mul", List.of("d", "g"), List.of("e"));

    assertThat(lost(file, "e")).containsExactly("bare");
  }

  @Test
  void isSilentAboutBiasesThatWereTrained() {
    OnnxBuilder file = network().floats("own.bias", 1, 2);
    weights(file, "own.weight");
    file.node("own", "Conv", List.of("c", "own.weight", "own.bias"), List.of("d"))
        .node("act", "Relu", List.of("d"), List.of("e"));

    assertThat(lost(file, "e")).isEmpty();
  }

  @Test
  void isSilentAboutBiasesOfZero() {
    OnnxBuilder file = network().floats("zeros", 0, 0);
    weights(file, "onnx::Conv_1");
    file.node("bare", "Conv", List.of("c", "onnx::Conv_1", "zeros"), List.of("d"))
        .node("act", "Relu", List.of("d"), List.of("e"));

    assertThat(lost(file, "e")).isEmpty();
  }

  /** Squeeze and excitation: on averages of whole maps, and scaled by a sigmoid alone. */
  @Test
  void isSilentAboutGates() {
    OnnxBuilder file = network();
    weights(file, "onnx::Conv_1");
    weights(file, "onnx::Conv_2");
    file.node("squeeze", "GlobalAveragePool", List.of("c"), List.of("s"))
        .node("down", "Conv", List.of("s", "onnx::Conv_1", "bias"), List.of("t"))
        .node("act", "Relu", List.of("t"), List.of("u"))
        .node("up", "Conv", List.of("u", "onnx::Conv_2", "bias"), List.of("v"))
        .node("gate", "Sigmoid", List.of("v"), List.of("w"))
        .node("scale", "Mul", List.of("c", "w"), List.of("e"));

    assertThat(lost(file, "e")).isEmpty();
  }

  @Test
  void isSilentAboutTheLastLayersAndSoundNetworks() {
    assertThat(lost(network(), "c")).isEmpty();
  }
}
