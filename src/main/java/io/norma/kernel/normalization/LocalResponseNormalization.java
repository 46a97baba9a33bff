package io.norma.kernel.normalization;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.List;

/**
 * Local response normalization across channels: {@code y[c] = x[c] / (bias + alpha/size · Σ_i
 * x[i]²)^beta} with i from {@code c − ⌊(size−1)/2⌋} to {@code c + ⌈(size−1)/2⌉}, kept within the
 * channels.
 *
 * <p>Input: x (N, C, D₁, …, Dᵣ), FP32 or FP64. Output: y of the same shape. Source: Krizhevsky et
 * al. 2012, section 3.3; ONNX {@code LRN}.
 */
public record LocalResponseNormalization(int size, double alpha, double beta, double bias)
    implements Layer {
  /**
   * @throws IllegalArgumentException if the size is not positive
   */
  public LocalResponseNormalization {
    if (size < 1) {
      throw new IllegalArgumentException("size must be at least 1, got " + size);
    }
  }

  /** Products that other layers make in the time that a square takes here. */
  private static final long SLOW = 8;

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    RealTensors.require(x);
    Shape shape = x.shape();
    if (shape.rank() < 2) {
      throw new IllegalArgumentException("expected an input of shape (N, C, D1, …), got " + shape);
    }
    int channels = shape.dimension(1);
    int positions = shape.size(2, shape.rank());
    int before = (size - 1) / 2;
    int after = size - 1 - before;
    memory.work(WorkLimit.product(SLOW, shape.size(), Math.min(size, channels)));
    Tensor y = memory.allocate(x.dataType(), shape);
    for (int n = 0; n < shape.dimension(0); n++) {
      for (int c = 0; c < channels; c++) {
        int first = Math.max(0, c - before);
        int last = Math.min(channels - 1, c + after);
        for (int p = 0; p < positions; p++) {
          double squares = 0;
          for (int i = first; i <= last; i++) {
            double value = x.getDouble((n * channels + i) * positions + p);
            squares += value * value;
          }
          int at = (n * channels + c) * positions + p;
          y.setDouble(at, x.getDouble(at) / Math.pow(bias + alpha / size * squares, beta));
        }
      }
    }
    return List.of(y);
  }
}
