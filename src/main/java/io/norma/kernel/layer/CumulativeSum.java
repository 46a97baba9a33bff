package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Running sums along an axis: {@code yⱼ = x₀ + … + xⱼ}, without xⱼ if exclusive, from the other end
 * if reversed. Each step is rounded to the type.
 *
 * <p>Inputs: x, numbers, rank 1 or more; axis, one INT32 or INT64. Output: y, the type and shape of
 * x. Source: ONNX {@code CumSum}.
 */
public record CumulativeSum(boolean exclusive, boolean reverse) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return Accumulation.SUM.forward(inputs, memory, exclusive, reverse);
  }
}
