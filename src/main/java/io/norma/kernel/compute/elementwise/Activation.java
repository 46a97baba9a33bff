package io.norma.kernel.compute.elementwise;

/**
 * An activation function in the epilogue of a product.
 *
 * @param function which one
 * @param alpha its first parameter: the lower bound of {@code CLAMP}, the slope of the others
 * @param beta its second parameter: the upper bound of {@code CLAMP}, the offset of the others
 */
public record Activation(Function function, float alpha, float beta) {
  /** The functions, α and β standing for the parameters; see {@link ElementwiseLoops}. */
  public enum Function {
    /** {@code y = min(max(x, α), β)}. */
    CLAMP,
    LEAKY_RELU,
    HARD_SIGMOID,
    HARD_SWISH,
    SIGMOID,
    SWISH,
    TANH
  }

  /** {@code y = x}. */
  public static final Activation IDENTITY = clamp(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);

  /** {@code y = max(0, x)}. */
  public static final Activation RELU = clamp(0, Float.POSITIVE_INFINITY);

  /** {@code y = min(max(x, low), high)}: high, if low is higher; NaN stays NaN. */
  public static Activation clamp(float low, float high) {
    return new Activation(Function.CLAMP, low, high);
  }

  /** Whether two comparisons are all there is to do: kernels do them in registers. */
  public boolean isClamp() {
    return function == Function.CLAMP;
  }

  /** {@code y = activation(y)} in place. */
  public void apply(float[] y, int offset, int length) {
    if (isClamp()) {
      ElementwiseLoops.get().clip(y, offset, y, offset, length, alpha, beta);
    } else {
      applyUnlessClamp(y, offset, length);
    }
  }

  /** {@code y = activation(y)} in place, for what kernels do not do in registers. */
  public void applyUnlessClamp(float[] y, int offset, int length) {
    ElementwiseLoops loops = ElementwiseLoops.get();
    switch (function) {
      case CLAMP -> {}
      case LEAKY_RELU -> loops.leakyRelu(y, offset, y, offset, length, alpha);
      case HARD_SIGMOID -> loops.hardSigmoid(y, offset, y, offset, length, alpha, beta);
      case HARD_SWISH -> loops.hardSwish(y, offset, y, offset, length, alpha, beta);
      case SIGMOID -> loops.sigmoid(y, offset, y, offset, length);
      case SWISH -> loops.swish(y, offset, y, offset, length, alpha);
      case TANH -> loops.tanh(y, offset, y, offset, length);
    }
  }
}
