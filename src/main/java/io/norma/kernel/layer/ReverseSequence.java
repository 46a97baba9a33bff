package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Reverses the first {@code lengths[n]} steps of each sample n.
 *
 * <p>Inputs: x, any type, rank 2 or more; lengths, INT64, one for each sample. Output: y, the type
 * and shape of x. Source: ONNX {@code ReverseSequence}.
 *
 * @param batchAxis 0 or 1, along which the samples lie
 * @param timeAxis the other one, along which the steps lie
 */
public record ReverseSequence(int batchAxis, int timeAxis) implements Layer {
  public ReverseSequence {
    if (batchAxis + timeAxis != 1 || batchAxis * timeAxis != 0) {
      throw new IllegalArgumentException(
          "batch and time axis must be 0 and 1 or 1 and 0, are " + batchAxis + ", " + timeAxis);
    }
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor lengths = inputs.get(1);
    int samples = x.shape().dimension(batchAxis);
    int steps = x.shape().dimension(timeAxis);
    if (lengths.size() != samples) {
      throw new IllegalArgumentException(
          "expected %d lengths for %s, got %s".formatted(samples, x, lengths));
    }
    int inner = x.shape().size(2, x.shape().rank());
    int sampleStride = batchAxis == 0 ? steps * inner : inner;
    int stepStride = batchAxis == 0 ? inner : samples * inner;
    Tensor y = memory.allocate(x.dataType(), x.shape());
    for (int n = 0; n < samples; n++) {
      long length = lengths.getLong(n);
      if (length < 0 || length > steps) {
        throw new IllegalArgumentException(
            "length of sample %d must be 0 to %d, is %d".formatted(n, steps, length));
      }
      for (int t = 0; t < steps; t++) {
        int source = t < length ? (int) length - 1 - t : t;
        System.arraycopy(
            x.array(),
            x.offset() + n * sampleStride + source * stepStride,
            y.array(),
            y.offset() + n * sampleStride + t * stepStride,
            inner);
      }
    }
    return List.of(y);
  }
}
