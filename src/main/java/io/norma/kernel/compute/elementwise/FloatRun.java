package io.norma.kernel.compute.elementwise;

/**
 * One operand of an element-wise loop.
 *
 * @param array where it is kept
 * @param offset its first element
 * @param stride 1, or 0 for one element that meets all those of the other operand
 */
public record FloatRun(float[] array, int offset, int stride) {
  public FloatRun {
    if (stride != 0 && stride != 1) {
      throw new IllegalArgumentException("stride must be 0 or 1, is " + stride);
    }
  }

  boolean isScalar() {
    return stride == 0;
  }

  float first() {
    return array[offset];
  }
}
