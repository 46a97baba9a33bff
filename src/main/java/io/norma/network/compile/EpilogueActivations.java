package io.norma.network.compile;

import io.norma.kernel.compute.elementwise.Activation;
import io.norma.kernel.layer.Clip;
import io.norma.kernel.layer.HardSigmoid;
import io.norma.kernel.layer.HardSwish;
import io.norma.kernel.layer.LeakyRelu;
import io.norma.kernel.layer.Relu;
import io.norma.kernel.layer.Sigmoid;
import io.norma.kernel.layer.Swish;
import io.norma.kernel.layer.Tanh;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Node;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which nodes are activation functions that an epilogue can apply. */
public final class EpilogueActivations {
  private EpilogueActivations() {}

  /** The activation that a node applies to its first input, or {@code null}. */
  public static @Nullable Activation of(Node node, Map<String, Tensor> constants) {
    return switch (node.layer()) {
      case Relu _ -> Activation.RELU;
      case Clip clip -> clip(clip, node, constants);
      case LeakyRelu leaky -> activation(Activation.Function.LEAKY_RELU, leaky.alpha(), 0);
      case HardSigmoid hard ->
          activation(Activation.Function.HARD_SIGMOID, hard.alpha(), hard.beta());
      case HardSwish _ -> activation(Activation.Function.HARD_SWISH, 1 / 6f, 0.5f);
      case Sigmoid _ -> activation(Activation.Function.SIGMOID, 0, 0);
      case Swish swish -> activation(Activation.Function.SWISH, swish.alpha(), 0);
      case Tanh _ -> activation(Activation.Function.TANH, 0, 0);
      default -> null;
    };
  }

  /** {@code x · activation(x)} as one activation function, or {@code null}. */
  public static @Nullable Activation timesInput(@Nullable Activation gate) {
    if (gate == null) {
      return null;
    }
    return switch (gate.function()) {
      case SIGMOID -> activation(Activation.Function.SWISH, 1, 0);
      case HARD_SIGMOID -> activation(Activation.Function.HARD_SWISH, gate.alpha(), gate.beta());
      default -> null;
    };
  }

  private static Activation activation(Activation.Function function, float alpha, float beta) {
    return new Activation(function, alpha, beta);
  }

  private static @Nullable Activation clip(Clip clip, Node node, Map<String, Tensor> constants) {
    Float low = bound(clip.low(), node, 1, constants, Float.NEGATIVE_INFINITY);
    Float high = bound(clip.high(), node, 2, constants, Float.POSITIVE_INFINITY);
    return low == null || high == null ? null : Activation.clamp(low, high);
  }

  /** A bound that is known before a run; {@code null} if it is not. */
  private static @Nullable Float bound(
      @Nullable Float attribute,
      Node node,
      int input,
      Map<String, Tensor> constants,
      float otherwise) {
    if (attribute != null) {
      return attribute;
    }
    if (node.inputs().size() <= input || node.inputs().get(input).isEmpty()) {
      return otherwise;
    }
    Tensor constant = constants.get(node.inputs().get(input));
    return constant != null && constant.size() == 1 && constant.dataType() == DataType.FP32
        ? (Float) (float) constant.getDouble(0)
        : null;
  }
}
