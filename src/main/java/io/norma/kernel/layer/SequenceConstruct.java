package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TensorSequence;
import java.util.ArrayList;
import java.util.List;

/**
 * A sequence of its inputs.
 *
 * <p>Inputs: one or more tensors of one type. Output: a sequence. Source: ONNX {@code
 * SequenceConstruct}.
 */
public record SequenceConstruct() implements ValueLayer {
  @Override
  public List<TensorSequence> values(Inputs inputs, Memory memory) {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      tensors.add(inputs.get(i));
    }
    return List.of(memory.sequence(inputs.get(0).dataType(), tensors));
  }
}
