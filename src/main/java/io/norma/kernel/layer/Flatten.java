package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * A matrix of the same elements: its rows take the axes before {@code axis}, its columns the
 * others. Nothing is copied.
 *
 * <p>Input: x, any type and shape. Output: y, the type of x, rank 2. Source: ONNX {@code Flatten}.
 *
 * @param axis from −rank to rank
 */
public record Flatten(int axis) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    int rank = x.shape().rank();
    int at = axis == rank ? rank : x.shape().axis(axis);
    return List.of(x.reshape(Shape.of(x.shape().size(0, at), x.shape().size(at, rank))));
  }
}
