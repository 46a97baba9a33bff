package io.norma.kernel.layer;

import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts the maxima of a {@link MaxPool} back where they stood, zeros elsewhere. On each axis the
 * result has {@code (D − 1)·stride + kernel − begin − end} elements; a greater output shape adds
 * zeros behind.
 *
 * <p>Inputs: x (N, C, D₁, …, Dᵣ), FP32 or FP64; indices, INT64, of the same shape, into the
 * flattened result; output shape, INT64, optional. Output: y. Source: ONNX {@code MaxUnpool}.
 */
public record MaxUnpool(Window window) implements Layer {
  /**
   * @throws IllegalArgumentException if the window has no extents
   */
  public MaxUnpool {
    Pooling.requireKernel(window);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor indices = inputs.get(1);
    RealTensors.require(x);
    int rank = window.kernel().length;
    if (x.shape().rank() != rank + 2 || !indices.shape().equals(x.shape())) {
      throw new IllegalArgumentException(
          "expected x with %d spatial axes and indices of its shape, got %s and %s"
              .formatted(rank, x.shape(), indices.shape()));
    }
    int[] strides = Window.orElse("strides", window.strides(), rank, 1);
    int[] pads = Window.orElse("pads", window.pads(), 2 * rank, 0);
    long[] dimensions = x.shape().toLongs();
    for (int axis = 0; axis < rank; axis++) {
      dimensions[axis + 2] =
          (dimensions[axis + 2] - 1) * strides[axis]
              + window.kernel()[axis]
              - pads[axis]
              - pads[rank + axis];
    }
    Shape inferred = Shape.ofLongs(dimensions);
    Tensor y = memory.allocate(x.dataType(), outputShape(inferred, inputs.optional(2)));
    for (int i = 0; i < y.size(); i++) {
      y.setDouble(i, 0);
    }
    int[] strideOfOutput = y.shape().strides();
    for (int i = 0; i < x.size(); i++) {
      long index = indices.getLong(i);
      if (index < 0 || index >= inferred.size()) {
        throw new IllegalArgumentException(
            "index %d lies outside a result of shape %s".formatted(index, inferred));
      }
      int rest = (int) index;
      int at = 0;
      for (int axis = rank + 1; axis >= 0; axis--) {
        at += rest % inferred.dimension(axis) * strideOfOutput[axis];
        rest /= inferred.dimension(axis);
      }
      y.setDouble(at, x.getDouble(i));
    }
    return List.of(y);
  }

  private static Shape outputShape(Shape inferred, @Nullable Tensor asked) {
    if (asked == null) {
      return inferred;
    }
    Shape shape = Shape.ofLongs(asked.toLongArray());
    boolean fits = shape.rank() == inferred.rank();
    for (int axis = 0; fits && axis < shape.rank(); axis++) {
      fits = shape.dimension(axis) >= inferred.dimension(axis);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "expected an output shape of at least %s, got %s"
              .formatted(inferred, Arrays.toString(shape.dimensions())));
    }
    return shape;
  }
}
