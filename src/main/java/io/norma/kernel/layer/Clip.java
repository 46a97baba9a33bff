package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.BinaryOperation;
import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Clipping: {@code y = min(max(x, low), high)}; NaN stays NaN.
 *
 * <p>Inputs: x, any numbers, any shape; optionally low and high, scalars of the same type, which
 * stand in for bounds that are not given here. Output: y, the type and shape of x. Source: ONNX
 * {@code Clip}.
 *
 * @param low smallest result, or {@code null} to take it from the second input if that is there
 * @param high largest result, or {@code null} to take it from the third input if that is there
 */
public record Clip(@Nullable Float low, @Nullable Float high) implements Layer {
  private static final BinaryOperation MAXIMUM =
      new BinaryOperation(
          null, Math::max, Math::max, (a, b) -> Long.compareUnsigned(a, b) >= 0 ? a : b);
  private static final BinaryOperation MINIMUM =
      new BinaryOperation(
          null, Math::min, Math::min, (a, b) -> Long.compareUnsigned(a, b) <= 0 ? a : b);

  /** Bounds come as inputs. */
  public Clip() {
    this(null, null);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor lows = bound(x, low, inputs.optional(1), "low");
    Tensor highs = bound(x, high, inputs.optional(2), "high");
    if (x.dataType() == DataType.FP32) {
      Tensor y = memory.allocate(DataType.FP32, x.shape());
      ElementwiseLoops.get()
          .clip(
              x.floats(),
              x.offset(),
              y.floats(),
              y.offset(),
              x.size(),
              lows == null ? Float.NEGATIVE_INFINITY : (float) lows.getDouble(0),
              highs == null ? Float.POSITIVE_INFINITY : (float) highs.getDouble(0));
      return List.of(y);
    }
    Tensor y = x;
    if (lows != null) {
      y = Elementwise.combine(y, lows, memory, MAXIMUM).reshape(x.shape());
    }
    if (highs != null) {
      y = Elementwise.combine(y, highs, memory, MINIMUM).reshape(x.shape());
    }
    return List.of(y);
  }

  private static @Nullable Tensor bound(
      Tensor x, @Nullable Float attribute, @Nullable Tensor input, String name) {
    if (attribute != null) {
      Tensor bound = Tensor.zeros(x.dataType(), Shape.of());
      bound.setDouble(0, attribute);
      return bound;
    }
    if (input != null && (input.size() != 1 || input.dataType() != x.dataType())) {
      throw new IllegalArgumentException(name + " must be one " + x.dataType() + ", is " + input);
    }
    return input == null ? null : input.reshape(Shape.of());
  }
}
