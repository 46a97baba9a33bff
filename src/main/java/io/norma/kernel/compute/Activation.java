package io.norma.kernel.compute;

/**
 * An activation function in the epilogue of a product.
 *
 * @param function which one
 * @param alpha its first parameter: the lower bound of {@code CLAMP}, the slope of the others
 * @param beta its second parameter: the upper bound of {@code CLAMP}, the offset of the others
 */
public record Activation(Function function, float alpha, float beta) {
  /** The functions, α and β standing for the parameters. */
  public enum Function {
    /** {@code y = x} below α becomes α, above β becomes β. */
    CLAMP,
    /** {@code y = x} for {@code x ≥ 0}, else {@code α·x}. */
    LEAKY_RELU,
    /** {@code y = max(0, min(1, α·x + β))}. */
    HARD_SIGMOID,
    /** {@code y = x · max(0, min(1, α·x + β))}. */
    HARD_SWISH,
    /** {@code y = 1 / (1 + e⁻ˣ)}. */
    SIGMOID,
    /** {@code y = x / (1 + e⁻ˣ)}. */
    SILU
  }

  /** {@code y = x}. */
  public static final Activation IDENTITY =
      clamp(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);

  /** {@code y = max(0, x)}. */
  public static final Activation RELU = clamp(0, Float.POSITIVE_INFINITY);

  /** {@code y = max(low, min(high, x))}; NaN stays NaN. */
  public static Activation clamp(float low, float high) {
    return new Activation(Function.CLAMP, low, high);
  }

  /** Whether registers alone suffice: two comparisons. */
  boolean isClamp() {
    return function == Function.CLAMP;
  }
}
