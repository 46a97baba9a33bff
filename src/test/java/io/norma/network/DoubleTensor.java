package io.norma.network;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;

/** Elements in row-major order, in the precision of the truth. */
record DoubleTensor(int[] shape, double[] values) {
  static DoubleTensor of(Tensor tensor) {
    return new DoubleTensor(tensor.shape().dimensions(), tensor.toDoubleArray());
  }

  static DoubleTensor zeros(int... shape) {
    return new DoubleTensor(shape, new double[Shape.of(shape).size()]);
  }

  int dimension(int axis) {
    return shape[axis];
  }

  /** H·W of (N, C, H, W). */
  int pixels() {
    return shape[2] * shape[3];
  }

  /**
   * How far another tensor is from this one, as a share of the largest finite element; infinite
   * where one has another shape, or where they differ in what is not finite.
   */
  double distance(Tensor other) {
    if (!other.shape().equals(Shape.of(shape)) || other.dataType() != DataType.FP32) {
      return Double.POSITIVE_INFINITY;
    }
    double largest = 0;
    for (double value : values) {
      largest = Double.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest;
    }
    double farthest = 0;
    for (int i = 0; i < values.length; i++) {
      double is = other.getDouble(i);
      double right = values[i];
      boolean same = is == right || (Double.isNaN(is) && Double.isNaN(right));
      if (!same) {
        double distance = Math.abs(is - right);
        farthest = Double.isNaN(distance) ? Double.POSITIVE_INFINITY : Math.max(farthest, distance);
      }
    }
    return farthest == 0 ? 0 : farthest / (largest == 0 ? 1 : largest);
  }
}
