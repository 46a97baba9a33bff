package io.norma.runningstatistics;

import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * A tensor of real numbers, read where it lies.
 *
 * @param element by its position, the last axis running fastest
 */
public record SourceWeight(List<Long> shape, Precision precision, IntToDoubleFunction element) {
  public SourceWeight {
    shape = List.copyOf(shape);
  }

  /** How far the same number may be off when it was rounded to a type. */
  public enum Precision {
    /** Bits apart by another order of computation are the same number. */
    FLOAT(1e-6, 0),
    HALF(1e-3, 0x1p-24),
    BFLOAT(1e-2, 0);

    private final double relative;
    private final double absolute;

    Precision(double relative, double absolute) {
      this.relative = relative;
      this.absolute = absolute;
    }

    /**
     * @param largest magnitude among the numbers
     */
    double tolerance(double largest) {
      return Math.max(relative * largest, absolute);
    }

    Precision coarser(Precision other) {
      return relative > other.relative ? this : other;
    }
  }

  static SourceWeight of(float[] vector) {
    return new SourceWeight(List.of((long) vector.length), Precision.FLOAT, i -> vector[i]);
  }

  static SourceWeight of(Tensor tensor) {
    return new SourceWeight(
        Arrays.stream(tensor.shape().toLongs()).boxed().toList(),
        Precision.FLOAT,
        tensor::getDouble);
  }

  long size() {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /** The extents that are not 1: exporters put in and leave out axes of extent 1. */
  List<Long> extents() {
    return shape.stream().filter(extent -> extent != 1).toList();
  }
}
