package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Node;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Quantized weights are real ones once a file is read: what follows them works as ever. */
final class QuantizedWeightsTest {
  @Test
  void weightsAreDequantizedOnImportAndBatchNormalizationStaysLive() {
    Tensor weights = Tensor.of(DataType.INT8, Shape.of(2, 1, 1, 1), new byte[] {100, -50}, 0);
    Tensor zeros = Tensor.of(DataType.INT8, Shape.of(2), new byte[] {0, 10}, 0);
    Network network =
        OnnxBuilder.operatorSet(22)
            .input("x", -1, 1, 2, 2)
            .initializer(OnnxBuilder.tensor("w.q", weights))
            .floats("scale", 0.01f, 0.1f)
            .initializer(OnnxBuilder.tensor("zero", zeros))
            .floats("bn.weight", 1, 2)
            .floats("bn.bias", 0, 1)
            .floats("bn.running_mean", 3, 4)
            .floats("bn.running_var", 1, 1)
            .node(
                "dq",
                "DequantizeLinear",
                List.of("w.q", "scale", "zero"),
                List.of("w"),
                OnnxBuilder.integer("axis", 0))
            .node("conv", "Conv", List.of("x", "w"), List.of("c"))
            .node(
                "bn",
                "BatchNormalization",
                List.of("c", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"),
                List.of("y"))
            .output("y", -1, 2, 2, 2)
            .read()
            .network();

    assertThat(network.nodes())
        .extracting(Node::operator)
        .containsExactly("Conv", "BatchNormalization");
    assertThat(Objects.requireNonNull(network.constants().get("w")).toFloatArray())
        .containsExactly(1, -6);
    assertThat(network.batchNormalizations()).extracting(b -> b.name()).containsExactly("bn");
  }
}
