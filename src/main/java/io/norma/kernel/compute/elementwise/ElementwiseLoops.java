package io.norma.kernel.compute.elementwise;

import io.norma.kernel.compute.Simd;

/**
 * Element-wise functions over runs of floats. An element's result does not depend on where in a run
 * it stands, to the bit; both twins give the same bits.
 *
 * <p>{@code x} and {@code y} may be the same array at the same offset.
 */
public sealed interface ElementwiseLoops permits ScalarElementwiseLoops, SimdElementwiseLoops {
  /** The twin for this machine. */
  static ElementwiseLoops get() {
    final class Holder {
      static final ElementwiseLoops INSTANCE =
          Simd.choose(() -> new SimdElementwiseLoops(), () -> new ScalarElementwiseLoops());

      private Holder() {}
    }
    return Holder.INSTANCE;
  }

  /** {@code y = a + b}; a stride of 0 repeats one element, else it is 1. */
  void add(FloatRun a, FloatRun b, float[] y, int yOffset, int length);

  /** {@code y = a − b}. */
  void subtract(FloatRun a, FloatRun b, float[] y, int yOffset, int length);

  /** {@code y = a · b}. */
  void multiply(FloatRun a, FloatRun b, float[] y, int yOffset, int length);

  /** {@code y = a / b}. */
  void divide(FloatRun a, FloatRun b, float[] y, int yOffset, int length);

  /** {@code y = min(max(x, low), high)}; NaN stays NaN. */
  void clip(float[] x, int xOffset, float[] y, int yOffset, int length, float low, float high);

  /** {@code y = x} for {@code x ≥ 0}, else {@code alpha · x}. */
  void leakyRelu(float[] x, int xOffset, float[] y, int yOffset, int length, float alpha);

  /** {@code y = eˣ}. */
  void exp(float[] x, int xOffset, float[] y, int yOffset, int length);

  /** {@code y = x · 1/(1 + e^(−alpha·x))}. */
  void swish(float[] x, int xOffset, float[] y, int yOffset, int length, float alpha);

  /** {@code y = 1/(1 + e⁻ˣ)}. */
  void sigmoid(float[] x, int xOffset, float[] y, int yOffset, int length);

  /** {@code y = tanh x}. */
  void tanh(float[] x, int xOffset, float[] y, int yOffset, int length);

  /** {@code y = erf x}. */
  void erf(float[] x, int xOffset, float[] y, int yOffset, int length);

  /** {@code y = x/2 · (1 + erf(x/√2))}. */
  void gelu(float[] x, int xOffset, float[] y, int yOffset, int length);

  /** {@code y = x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³)))}. */
  void geluTanh(float[] x, int xOffset, float[] y, int yOffset, int length);

  /** {@code y = min(max(alpha·x + beta, 0), 1)}. */
  void hardSigmoid(
      float[] x, int xOffset, float[] y, int yOffset, int length, float alpha, float beta);

  /** {@code y = x · min(max(alpha·x + beta, 0), 1)}. */
  void hardSwish(
      float[] x, int xOffset, float[] y, int yOffset, int length, float alpha, float beta);
}
