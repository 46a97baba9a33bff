package io.norma.kernel.compute;

import java.lang.System.Logger.Level;
import java.util.function.Supplier;

/** Decides once, at start, whether loops run on the Vector API or on which of their twins. */
public final class Simd {
  private static final boolean VECTORS =
      !Boolean.getBoolean("norma.compute.scalar") && isModuleThere();

  private static final boolean FUSED =
      !Boolean.getBoolean("norma.compute.unfused") && FusedMultiplyAdd.isInstruction();

  static {
    System.Logger logger = System.getLogger(Simd.class.getName());
    if (!VECTORS) {
      logger.log(
          Level.WARNING,
          "Running on the scalar kernels, many times slower: start the JVM with"
              + " --add-modules=jdk.incubator.vector to use SIMD instructions.");
    }
    if (!FUSED) {
      logger.log(
          Level.WARNING,
          "Running on kernels without fused multiply-add, several times slower: this JVM sees no"
              + " such instruction. Use a processor that has it (x86 since 2013, ARM of 64 bits),"
              + " let the virtual machine or emulator pass it on, and start the JVM without"
              + " -XX:-UseFMA and -XX:UseAVX=0.");
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
    return VECTORS;
  }

  /**
   * Whether the machine has fused multiply-adds and they are not switched off by {@code
   * -Dnorma.compute.unfused=true}.
   */
  public static boolean isFused() {
    return FUSED;
  }

  /**
   * The SIMD twin where there is one, else the scalar one; the other is never loaded. Give lambdas
   * that call the constructors: a reference to one links its class, even if it is not called.
   */
  public static <T> T choose(Supplier<? extends T> simd, Supplier<? extends T> scalar) {
    return choose(simd, scalar, scalar);
  }

  /** The same where there is a twin for vectors without fused multiply-adds, too. */
  public static <T> T choose(
      Supplier<? extends T> simd, Supplier<? extends T> unfused, Supplier<? extends T> scalar) {
    if (!VECTORS) {
      return scalar.get();
    }
    return FUSED ? simd.get() : unfused.get();
  }
}
