package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Interpolation;
import io.norma.kernel.layer.support.Resampling;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Resizes every axis by a factor: position p of the result lies at {@code p / scale} of the
 * original.
 *
 * <p>Inputs: x, any shape; scales, one per axis, where they are not an attribute. Output: y,
 * extents {@code ⌊D·scale⌋}. Source: ONNX {@code Upsample}, and {@code Resize} of operator set 10.
 *
 * @param scales one per axis; empty if they come as an input
 */
public record Upsample(Interpolation interpolation, float[] scales) implements Layer {
  public Upsample {
    scales = scales.clone();
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    int rank = x.shape().rank();
    double[] scale = new double[scales.length];
    for (int i = 0; i < scale.length; i++) {
      scale[i] = scales[i];
    }
    if (scale.length == 0) {
      scale = inputs.get(1).toDoubleArray();
    }
    if (scale.length != rank) {
      throw new IllegalArgumentException(
          "expected %d scales for an input of shape %s, got %s"
              .formatted(rank, x.shape(), Arrays.toString(scale)));
    }
    int[] resized = new int[rank];
    double[] end = new double[rank];
    Arrays.fill(end, 1);
    for (int axis = 0; axis < rank; axis++) {
      resized[axis] = Resize.extent(x.shape().dimension(axis), scale[axis], 1);
    }
    Resampling resampling = Resampling.simple(interpolation);
    return List.of(Resize.resample(x, resized, scale, new double[rank], end, resampling, memory));
  }
}
