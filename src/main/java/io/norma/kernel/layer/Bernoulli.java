package io.norma.kernel.layer;

import io.norma.kernel.layer.support.RandomSource;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ones with given probabilities, else zeros: {@code y = u < x}, u evenly from 0 (inclusive) to 1
 * (exclusive), by {@link RandomSource}.
 *
 * <p>Inputs: x, real numbers from 0 to 1; the run's source of random numbers. Output: y, the shape
 * of x. Source: ONNX {@code Bernoulli}.
 *
 * @param dataType of y; {@code null} for that of x
 * @param seed {@code null} for the run's
 * @param stream tells the layer from others
 */
public record Bernoulli(@Nullable DataType dataType, @Nullable Float seed, long stream)
    implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    RandomSource random = RandomSource.of(inputs.get(inputs.size() - 1), seed, stream);
    Tensor y = memory.allocate(dataType == null ? x.dataType() : dataType, x.shape());
    for (int i = 0; i < y.size(); i++) {
      y.setLong(i, random.uniform(i) < x.getDouble(i) ? 1 : 0);
    }
    return List.of(y);
  }
}
