package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.StridedCopy;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * A tensor of one value.
 *
 * <p>Input: shape, INT64. Output: y, the type of the value. Source: ONNX {@code ConstantOfShape}.
 *
 * @param value one element
 */
public record ConstantOfShape(Tensor value) implements Layer {
  public ConstantOfShape {
    if (value.size() != 1) {
      throw new IllegalArgumentException("value must be one element, is " + value);
    }
  }

  /** 0 in FP32. */
  public ConstantOfShape() {
    this(Tensor.zeros(DataType.FP32, Shape.of()));
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Shape shape = Shape.ofLongs(inputs.get(0).toLongArray());
    Tensor y = memory.allocate(value.dataType(), shape);
    StridedCopy.copy(value, 0, new int[1], y, 0, new int[] {1}, new int[] {y.size()});
    return List.of(y);
  }
}
