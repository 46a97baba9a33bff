package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TensorSequence;
import java.util.List;

/**
 * Puts the tensors of a sequence next to each other along an axis.
 *
 * <p>Input: a sequence of one tensor or more, of shapes that differ along the axis alone, or not at
 * all if the axis is new. Output: y, their type. Source: ONNX {@code ConcatFromSequence}.
 *
 * @param axis of the output; a negative one counts from the end
 * @param isNew whether the tensors do not have the axis yet
 */
public record ConcatFromSequence(int axis, boolean isNew) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    TensorSequence sequence = inputs.sequence(0);
    if (sequence.length() == 0) {
      throw new IllegalArgumentException("expected a sequence of one tensor or more, got none");
    }
    Tensor[] tensors = new Tensor[sequence.length()];
    for (int i = 0; i < tensors.length; i++) {
      tensors[i] = isNew ? withAxis(sequence.get(i)) : sequence.get(i);
    }
    return new Concat(axis).forward(Inputs.of(tensors), memory);
  }

  private Tensor withAxis(Tensor tensor) {
    int rank = tensor.shape().rank() + 1;
    int at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank) {
      throw new IllegalArgumentException(
          "axis %d is out of range for %s with one axis more".formatted(axis, tensor));
    }
    int[] extents = new int[rank];
    for (int k = 0; k < rank; k++) {
      extents[k] = k == at ? 1 : tensor.shape().dimension(k < at ? k : k - 1);
    }
    return tensor.reshape(Shape.of(extents));
  }
}
