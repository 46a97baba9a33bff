package io.norma.kernel.compute;

import java.lang.System.Logger.Level;
import java.util.function.Supplier;

/** Decides once, at start, whether loops run on the Vector API or on their scalar twins. */
public final class Simd {
  private static final boolean AVAILABLE =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
          && !Boolean.getBoolean("norma.compute.scalar");

  static {
    if (!AVAILABLE) {
      System.getLogger(Simd.class.getName())
          .log(
              Level.WARNING,
              "Running on the scalar kernels, many times slower: start the JVM with"
                  + " --add-modules=jdk.incubator.vector to use SIMD instructions.");
    }
  }

  private Simd() {}

  /**
   * Whether the Vector API is there and not switched off by {@code -Dnorma.compute.scalar=true}.
   */
  public static boolean isAvailable() {
    return AVAILABLE;
  }

  /** The SIMD twin where there is one, else the scalar one; the other is never loaded. */
  static <T> T choose(Supplier<? extends T> simd, Supplier<? extends T> scalar) {
    return AVAILABLE ? simd.get() : scalar.get();
  }
}
