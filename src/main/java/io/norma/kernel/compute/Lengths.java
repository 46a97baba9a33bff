package io.norma.kernel.compute;

import java.util.Arrays;

/** Lengths of the copies that convolutions make of what their windows see. */
public final class Lengths {
  private Lengths() {}

  /**
   * The product of these factors.
   *
   * @throws IllegalArgumentException if no array is as long
   */
  public static int ofCopy(long... factors) {
    long length = 1;
    for (long factor : factors) {
      length *= factor;
      if (length > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "the input with its padding, as the window sees it, would take %s floats, more than the"
                    .formatted(product(factors))
                + " 2^31-1 that are supported: strides, dilations or pads are too large");
      }
    }
    return (int) length;
  }

  private static String product(long[] factors) {
    return String.join("·", Arrays.stream(factors).mapToObj(Long::toString).toList());
  }
}
