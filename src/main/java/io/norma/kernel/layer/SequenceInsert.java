package io.norma.kernel.layer;

import io.norma.kernel.layer.support.SequencePosition;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TensorSequence;
import java.util.List;

/**
 * A sequence with one tensor more, at a position, before the one that was there; negative positions
 * count from the end.
 *
 * <p>Inputs: a sequence of n tensors; a tensor of their type; optionally the position, one whole
 * number from −n to n, else n. Output: a sequence. Source: ONNX {@code SequenceInsert}.
 */
public record SequenceInsert() implements ValueLayer {
  @Override
  public List<TensorSequence> values(Inputs inputs, Memory memory) {
    TensorSequence sequence = inputs.sequence(0);
    int length = sequence.length();
    int position = inputs.has(2) ? SequencePosition.read(inputs.get(2), length, length) : length;
    List<Tensor> tensors = sequence.toList();
    tensors.add(position, inputs.get(1));
    return List.of(memory.sequence(sequence.dataType(), tensors));
  }
}
