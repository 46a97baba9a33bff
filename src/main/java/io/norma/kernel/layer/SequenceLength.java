package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * How many tensors there are in a sequence.
 *
 * <p>Input: a sequence. Output: INT64, no axes. Source: ONNX {@code SequenceLength}.
 */
public record SequenceLength() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor y = memory.allocate(DataType.INT64, Shape.of());
    y.setLong(0, inputs.sequence(0).length());
    return List.of(y);
  }
}
