package io.norma.kernel.layer;

import io.norma.kernel.layer.support.SequencePosition;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TensorSequence;
import java.util.List;

/**
 * The tensor at a position of a sequence; negative positions count from the end.
 *
 * <p>Inputs: a sequence of n tensors; the position, one whole number from −n to n − 1. Output: the
 * tensor itself. Source: ONNX {@code SequenceAt}.
 */
public record SequenceAt() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    TensorSequence sequence = inputs.sequence(0);
    int length = sequence.length();
    return List.of(sequence.get(SequencePosition.read(inputs.get(1), length, length - 1)));
  }
}
