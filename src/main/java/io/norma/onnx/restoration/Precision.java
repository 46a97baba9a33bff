package io.norma.onnx.restoration;

import io.norma.kernel.tensor.Tensor;

/**
 * How exactly a file has weights: those that were once rounded to half precision still show it,
 * wherever they are kept now.
 *
 * @param tolerance how far weights may be off, relative to the largest of their channel
 * @param noise how far they are off by rounding alone
 * @param floor and in absolute numbers, where they are too small to be kept
 */
record Precision(double tolerance, double noise, double floor) {
  /** Old exporters fold to 2e-7, other tools to 1e-6. */
  static final Precision SINGLE = new Precision(1e-5, 3e-7, 0x1p-126);

  static final Precision HALF = new Precision(0x1p-10, 0x1p-12, 0x1p-24);
  static final Precision BRAIN = new Precision(0x1p-7, 0x1p-9, 0x1p-126);

  private static final int HALF_LOST_BITS = 0x1fff;
  private static final int BRAIN_LOST_BITS = 0xffff;
  private static final float HALF_LARGEST = 65504;

  static Precision of(Tensor weights) {
    int bits = 0;
    boolean inRange = true;
    for (int i = 0; i < weights.size(); i++) {
      float value = weights.floats()[weights.offset() + i];
      inRange &= Math.abs(value) <= HALF_LARGEST;
      // Below the smallest normal number of half precision more bits are lost.
      bits |= Float.floatToRawIntBits(value);
    }
    if ((bits & BRAIN_LOST_BITS) == 0) {
      return BRAIN;
    }
    return inRange && (bits & HALF_LOST_BITS) == 0 ? HALF : SINGLE;
  }
}
