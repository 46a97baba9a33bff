package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Puts tensors next to each other along an axis.
 *
 * <p>Inputs: one or more, of one type, shapes that differ along the axis alone. Output: y, the same
 * type. Source: ONNX {@code Concat}.
 */
public record Concat(int axis) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor[] tensors = new Tensor[inputs.size()];
    for (int i = 0; i < tensors.length; i++) {
      tensors[i] = inputs.get(i);
    }
    DataType type = Elementwise.requireSameType(tensors);
    Shape first = tensors[0].shape();
    int at = first.axis(axis);
    int extent = 0;
    for (Tensor tensor : tensors) {
      if (!fits(tensor.shape(), first, at)) {
        throw new IllegalArgumentException(
            "inputs may differ along axis %d alone, but are %s"
                .formatted(axis, Arrays.toString(tensors)));
      }
      extent = Math.addExact(extent, tensor.shape().dimension(at));
    }
    Tensor y = memory.allocate(type, first.with(at, extent));
    int outer = first.size(0, at);
    int inner = first.size(at + 1, first.rank());
    int done = 0;
    for (Tensor tensor : tensors) {
      int run = tensor.shape().dimension(at) * inner;
      boolean inPlace = outer == 1 && memory.holds(y, done, tensor);
      for (int o = 0; o < outer && !inPlace; o++) {
        System.arraycopy(
            tensor.array(),
            tensor.offset() + o * run,
            y.array(),
            y.offset() + o * extent * inner + done,
            run);
      }
      done += run;
    }
    return List.of(y);
  }

  private static boolean fits(Shape shape, Shape first, int at) {
    boolean fits = shape.rank() == first.rank();
    for (int i = 0; fits && i < first.rank(); i++) {
      fits = i == at || shape.dimension(i) == first.dimension(i);
    }
    return fits;
  }
}
