package io.norma.kernel.compute;

import java.util.Locale;

/**
 * What decides in which order kernels add up, and how often they round on the way: machines of one
 * of these families give the same bits, those of two may differ in the last ones. The length of
 * vectors is not among it, nor how many registers there are for them, the number of threads, or the
 * size of a batch.
 *
 * <p>Functions that come from {@link Math}, as logarithms and sines do, are left to the platform:
 * Java asks for one of the two floats next to the result, and a virtual machine of another
 * processor or release may take the other.
 */
public enum Arithmetic {
  /** On vectors, with fused multiply-adds: maps in blocks of channels, Winograd's convolutions. */
  FUSED,
  /** On vectors without fused multiply-adds: products are rounded, too, and none is Winograd's. */
  UNFUSED,
  /** Without vectors, with fused multiply-adds: layer by layer, in the order of the definitions. */
  SCALAR,
  /** Neither. */
  SCALAR_UNFUSED;

  /** That of this process, from its start to its end. */
  public static Arithmetic here() {
    if (Simd.isAvailable()) {
      return Simd.isFused() ? FUSED : UNFUSED;
    }
    return Simd.isFused() ? SCALAR : SCALAR_UNFUSED;
  }

  /** As the service writes it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
