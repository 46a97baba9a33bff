package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/** Reduces each plane of an (N, C, D₁, …, Dᵣ) tensor to one number, in double. */
interface PlaneReduction {
  /** Reduces {@code length} elements from {@code offset} on. */
  double reduce(float[] x, int offset, int length);

  /** Reduces {@code length} elements from {@code offset} on. */
  double reduce(double[] x, int offset, int length);

  /** The reduction of all planes, of shape (N, C, 1, …, 1). */
  static List<Tensor> apply(PlaneReduction reduction, Tensor x, Memory memory) {
    int length = Pooling.planeSize(x.shape());
    Tensor y = memory.allocate(x.dataType(), Pooling.collapsed(x.shape()));
    for (int plane = 0; plane < y.size(); plane++) {
      int from = x.offset() + plane * length;
      double value =
          x.dataType() == DataType.FP64
              ? reduction.reduce(x.doubles(), from, length)
              : reduction.reduce(x.floats(), from, length);
      y.setDouble(plane, value);
    }
    return List.of(y);
  }
}
