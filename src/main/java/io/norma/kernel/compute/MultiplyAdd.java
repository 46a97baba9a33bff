package io.norma.kernel.compute;

/**
 * {@code a·b + c} for loops over single numbers: rounded once where the machine has an instruction
 * for it, else twice. Kernels on vectors have no such choice inside: where there is no instruction
 * they have twins.
 */
public final class MultiplyAdd {
  private static final boolean FUSED = Simd.isFused();

  private MultiplyAdd() {}

  public static float of(float a, float b, float c) {
    return FUSED ? Math.fma(a, b, c) : a * b + c;
  }

  public static double of(double a, double b, double c) {
    return FUSED ? Math.fma(a, b, c) : a * b + c;
  }
}
