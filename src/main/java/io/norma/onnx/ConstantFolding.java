package io.norma.onnx;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Computes on import what depends on constants alone. */
final class ConstantFolding {
  /** The largest constant that an expression may make: 256 MiB of FP32. */
  static final int LARGEST_RESULT = 1 << 26;

  private static final Set<String> RANDOM =
      Set.of(
          "Bernoulli",
          "Dropout",
          "Multinomial",
          "RandomNormal",
          "RandomNormalLike",
          "RandomUniform",
          "RandomUniformLike");

  private ConstantFolding() {}

  /** Whether an operator gives the same outputs whenever its inputs are the same. */
  static boolean isDeterministic(String operator) {
    return !RANDOM.contains(operator);
  }

  /**
   * The layer's outputs for these inputs.
   *
   * @throws MalformedOnnxException if the inputs do not fit the layer
   */
  static List<Tensor> compute(String node, Layer layer, @Nullable Tensor[] inputs) {
    try {
      return layer.forward(Inputs.of(inputs), LIMITED);
    } catch (IllegalArgumentException
        | ArithmeticException
        | IndexOutOfBoundsException
        | NegativeArraySizeException e) {
      throw new MalformedOnnxException(
          "node " + node + ", whose inputs are constants, cannot be computed: " + e.getMessage(),
          e);
    }
  }

  private static final Memory LIMITED = ConstantFolding::allocate;

  private static Tensor allocate(DataType dataType, Shape shape) {
    if (shape.size() > LARGEST_RESULT) {
      throw new IllegalArgumentException(
          "it makes a constant of shape %s, more than %d elements"
              .formatted(shape, LARGEST_RESULT));
    }
    return Tensor.zeros(dataType, shape);
  }
}
