package io.norma.kernel.normalization;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.layer.support.TrailingAxes;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * {@code y = (x − μ) / (σ + 10⁻⁹)}, with mean and population standard deviation over the given
 * axes.
 *
 * <p>Input: x, FP32 or FP64. Output: y of the same shape. Source: ONNX {@code
 * MeanVarianceNormalization}, whose function body adds 10⁻⁹ to the deviation.
 *
 * @param axes the axes reduced; negative ones count from the end
 */
public record MeanVarianceNormalization(int[] axes) implements Layer {
  private static final double EPSILON = 1e-9;

  public MeanVarianceNormalization {
    axes = axes.clone();
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    RealTensors.require(x);
    Shape shape = x.shape();
    Shape kept = shape;
    for (int axis : axes) {
      kept = kept.with(axis, 1);
    }
    int[] group =
        TrailingAxes.of(shape, 0)
            .broadcast("statistics", memory.allocate(x.dataType(), kept), memory);
    memory.reserve(16L * kept.size());
    double[] mean = new double[kept.size()];
    double[] deviation = new double[kept.size()];
    double count = (double) shape.size() / kept.size();
    for (int i = 0; i < group.length; i++) {
      mean[group[i]] += x.getDouble(i) / count;
    }
    for (int i = 0; i < group.length; i++) {
      double difference = x.getDouble(i) - mean[group[i]];
      deviation[group[i]] += difference * difference / count;
    }
    Tensor y = memory.allocate(x.dataType(), shape);
    for (int i = 0; i < group.length; i++) {
      double divisor = Math.sqrt(deviation[group[i]]) + EPSILON;
      y.setDouble(i, (x.getDouble(i) - mean[group[i]]) / divisor);
    }
    return List.of(y);
  }
}
