package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Broadcast;
import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Choice: {@code y = a} where the condition holds, else b, broadcasting.
 *
 * <p>Inputs: condition, BOOL; a and b, of one type, any; three shapes that broadcast. Output: y,
 * the type of a, the broadcast shape. Source: ONNX {@code Where}.
 */
public record Where() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor condition = Not.requireBool(inputs.get(0));
    Tensor a = inputs.get(1);
    Tensor b = inputs.get(2);
    Elementwise.requireSameType(a, b);
    Broadcast broadcast = Broadcast.of(condition.shape(), a.shape(), b.shape());
    Tensor y = memory.allocate(a.dataType(), broadcast.shape());
    broadcast.forEachRun((to, indices, strides, length) -> {
      for (int i = 0; i < length; i++) {
        boolean first = condition.getLong(indices[0] + i * strides[0]) != 0;
        int operand = first ? 1 : 2;
        Tensor chosen = first ? a : b;
        System.arraycopy(
            chosen.array(),
            chosen.offset() + indices[operand] + i * strides[operand],
            y.array(),
            y.offset() + to + i,
            1);
      }
    });
    return List.of(y);
  }
}
