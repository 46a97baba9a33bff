package io.norma.kernel.layer;

import io.norma.kernel.layer.support.RandomSource;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Classes drawn with given probabilities: the first c with {@code Σ_{k≤c} e^{x_k} > u·Σ_k e^{x_k}},
 * u evenly from 0 (inclusive) to 1 (exclusive), by {@link RandomSource}.
 *
 * <p>Inputs: x, real numbers, (N, classes), logarithms of probabilities that need not sum to 1; the
 * run's source of random numbers. Output: (N, samples). Source: ONNX {@code Multinomial}.
 *
 * @param dataType of the output, INT32 or INT64
 * @param samples of each row
 * @param seed {@code null} for the run's
 * @param stream tells the layer from others
 */
public record Multinomial(DataType dataType, int samples, @Nullable Float seed, long stream)
    implements Layer {
  /**
   * @throws IllegalArgumentException if there is no sample, or the type is another one
   */
  public Multinomial {
    if (samples < 1 || (dataType != DataType.INT32 && dataType != DataType.INT64)) {
      throw new IllegalArgumentException(
          "expected 1 sample or more of INT32 or INT64, got %d of %s".formatted(samples, dataType));
    }
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    RandomSource random = RandomSource.of(inputs.get(inputs.size() - 1), seed, stream);
    if (x.shape().rank() != 2 || x.shape().dimension(1) == 0) {
      throw new IllegalArgumentException("expected an input of shape (N, classes), got " + x);
    }
    int rows = x.shape().dimension(0);
    int classes = x.shape().dimension(1);
    Tensor y = memory.allocate(dataType, Shape.of(rows, samples));
    memory.reserve((long) Double.BYTES * classes);
    double[] sums = new double[classes];
    for (int row = 0; row < rows; row++) {
      double total = sum(x, row, sums);
      for (int s = 0; s < samples; s++) {
        int at = row * samples + s;
        double drawn = random.uniform(at) * total;
        int chosen = 0;
        while (chosen < classes - 1 && sums[chosen] <= drawn) {
          chosen++;
        }
        y.setLong(at, chosen);
      }
    }
    return List.of(y);
  }

  /** Sums up the probabilities of a row, the largest as 1, and tells the last sum. */
  private static double sum(Tensor x, int row, double[] sums) {
    int start = row * sums.length;
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < sums.length; c++) {
      largest = Math.max(largest, x.getDouble(start + c));
    }
    double sum = 0;
    for (int c = 0; c < sums.length; c++) {
      sum += StrictMath.exp(x.getDouble(start + c) - largest);
      sums[c] = sum;
    }
    if (!(sum > 0)) {
      throw new IllegalArgumentException(
          "row %d has no class that can be drawn: the logarithms of its probabilities are NaN or all"
                  .formatted(row)
              + " infinite");
    }
    return sum;
  }
}
