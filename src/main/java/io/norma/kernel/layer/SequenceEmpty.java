package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.TensorSequence;
import java.util.List;

/**
 * A sequence of no tensors.
 *
 * <p>No inputs. Output: a sequence. Source: ONNX {@code SequenceEmpty}.
 *
 * @param dataType of the tensors that may come in
 */
public record SequenceEmpty(DataType dataType) implements ValueLayer {
  @Override
  public List<TensorSequence> values(Inputs inputs, Memory memory) {
    return List.of(memory.sequence(dataType, List.of()));
  }
}
