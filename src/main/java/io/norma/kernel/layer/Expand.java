package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.StridedCopy;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Repeats a tensor along axes of extent 1 until it has the shape that its own and the wanted one
 * broadcast to.
 *
 * <p>Inputs: x, any type and shape; shape, INT64. Output: y, the type of x. Source: ONNX {@code
 * Expand}.
 */
public record Expand() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Shape wanted = Shape.ofLongs(inputs.get(1).toLongArray());
    Shape shape = Shape.broadcast(x.shape(), wanted);
    Tensor y = memory.allocate(x.dataType(), shape);
    StridedCopy.copy(
        x,
        0,
        Elementwise.broadcastStrides(x.shape(), shape),
        y,
        0,
        shape.strides(),
        shape.dimensions());
    return List.of(y);
  }
}
