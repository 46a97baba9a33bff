package io.norma.kernel.compute;

import java.lang.System.Logger.Level;
import java.util.function.Supplier;

/** Decides once, at start, whether loops run on the Vector API or on their scalar twins. */
public final class Simd {
  private static final boolean AVAILABLE =
      !Boolean.getBoolean("norma.compute.scalar") && isModuleThere();

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

  /** Asks for a class, for the module need not be of the boot layer. */
  private static boolean isModuleThere() {
    try {
      Class.forName("jdk.incubator.vector.Vector", false, Simd.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /**
   * Whether the Vector API is there and not switched off by {@code -Dnorma.compute.scalar=true}.
   */
  public static boolean isAvailable() {
    return AVAILABLE;
  }

  /**
   * The SIMD twin where there is one, else the scalar one; the other is never loaded. Give lambdas
   * that call the constructors: a reference to one links its class, even if it is not called.
   */
  static <T> T choose(Supplier<? extends T> simd, Supplier<? extends T> scalar) {
    return AVAILABLE ? simd.get() : scalar.get();
  }
}
