package io.norma.kernel.layer;

import io.norma.kernel.layer.support.SequencePosition;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TensorSequence;
import java.util.List;

/**
 * A sequence without the tensor at a position; negative positions count from the end.
 *
 * <p>Inputs: a sequence of n tensors; optionally the position, one whole number from −n to n − 1,
 * else the last. Output: a sequence. Source: ONNX {@code SequenceErase}.
 */
public record SequenceErase() implements ValueLayer {
  @Override
  public List<TensorSequence> values(Inputs inputs, Memory memory) {
    TensorSequence sequence = inputs.sequence(0);
    int length = sequence.length();
    if (length == 0) {
      throw new IllegalArgumentException("cannot erase from " + sequence);
    }
    int position =
        inputs.has(1) ? SequencePosition.read(inputs.get(1), length, length - 1) : length - 1;
    List<Tensor> tensors = sequence.toList();
    tensors.remove(position);
    return List.of(memory.sequence(sequence.dataType(), tensors));
  }
}
