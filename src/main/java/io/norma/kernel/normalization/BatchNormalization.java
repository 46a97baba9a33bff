package io.norma.kernel.normalization;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Batch normalization as ONNX defines it: {@code y = scale·(x − μ)/√(σ² + ε) + bias}, with μ and σ²
 * given, or in training mode the batch's own mean and population variance.
 *
 * <p>Inputs: x, (N, C, …) or (N) for one channel, FP32 or FP64; scale, bias, mean and variance,
 * (C). Outputs: y, as x; in training mode also running mean and running variance, (C): {@code
 * momentum·given + (1 − momentum)·batch's}, where both are given.
 *
 * <p>Source: ONNX {@code BatchNormalization}, versions 14 and 15, and the inference form of 7 and
 * 9.
 *
 * @param momentum the weight of the old running statistics, in [0, 1]
 */
public record BatchNormalization(double epsilon, double momentum, boolean trainingMode)
    implements Layer {
  /**
   * @throws IllegalArgumentException if epsilon is not finite and above 0, or momentum outside [0,
   *     1]
   */
  public BatchNormalization {
    new BatchNormalizationInference(epsilon, 1);
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new IllegalArgumentException("momentum must lie in [0, 1], but is " + momentum);
    }
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor given = inputs.get(0);
    Shape shape = given.shape();
    Tensor x = shape.rank() == 1 ? given.reshape(Shape.of(shape.size(), 1)) : given;
    Tensor scale = inputs.get(1);
    Tensor bias = inputs.get(2);
    if (!trainingMode) {
      Tensor y =
          new BatchNormalizationInference(epsilon, 1)
              .forward(Inputs.of(x, inputs.get(3), inputs.get(4), scale, bias), memory)
              .getFirst();
      return List.of(y.reshape(shape));
    }
    List<Tensor> normalized =
        new BatchNormalizationTraining(epsilon, 1).forward(Inputs.of(x, scale, bias), memory);
    Tensor y = normalized.getFirst().reshape(shape);
    if (!inputs.has(3) || !inputs.has(4)) {
      return List.of(y);
    }
    return List.of(
        y,
        running(inputs.get(3), normalized.get(1), memory),
        running(inputs.get(4), normalized.get(2), memory));
  }

  private Tensor running(Tensor old, Tensor batch, Memory memory) {
    if (!old.shape().equals(batch.shape())) {
      throw new IllegalArgumentException(
          "mean and variance: expected shape %s, got %s".formatted(batch.shape(), old.shape()));
    }
    Tensor running = memory.allocate(old.dataType(), old.shape());
    for (int c = 0; c < running.size(); c++) {
      running.setDouble(c, momentum * old.getDouble(c) + (1 - momentum) * batch.getDouble(c));
    }
    return running;
  }
}
