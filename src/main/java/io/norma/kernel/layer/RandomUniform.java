package io.norma.kernel.layer;

import io.norma.kernel.layer.support.RandomSource;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Random numbers: {@code y = low + (high − low)·u}, u evenly from 0 (inclusive) to 1 (exclusive),
 * by {@link RandomSource}.
 *
 * <p>Inputs: a tensor of the shape and, if none is given here, the type wanted, unless a shape is
 * given here; the run's source of random numbers. Output: y. Source: ONNX {@code RandomUniform} and
 * {@code RandomUniformLike}.
 *
 * @param low inclusive
 * @param high exclusive
 * @param seed {@code null} for the run's
 * @param stream tells the layer from others
 */
public record RandomUniform(
    float low,
    float high,
    @Nullable DataType dataType,
    @Nullable Shape shape,
    @Nullable Float seed,
    long stream)
    implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    RandomSource random = RandomSource.of(inputs.get(inputs.size() - 1), seed, stream);
    Shape extents = shape == null ? inputs.get(0).shape() : shape;
    DataType type = dataType == null ? inputs.get(0).dataType() : dataType;
    if (!type.isFloatingPoint()) {
      throw new IllegalArgumentException("random numbers must be real ones, not of " + type);
    }
    Tensor y = memory.allocate(type, extents);
    for (int i = 0; i < y.size(); i++) {
      y.setDouble(i, low + ((double) high - low) * random.uniform(i));
    }
    return List.of(y);
  }
}
