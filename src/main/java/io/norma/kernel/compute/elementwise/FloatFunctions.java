package io.norma.kernel.compute.elementwise;

import io.norma.kernel.compute.MultiplyAdd;

/**
 * Functions of one float, and the coefficients that they share with the vectors. The steps are the
 * ones that the vectors take, in the same order and with the same fused multiply-adds, so that both
 * give the same bits.
 *
 * <ul>
 *   <li>{@code eˣ = 2ⁿ · eʳ}, n the whole number nearest to {@code x / ln 2}, {@code |r| ≤ ln 2 /
 *       2}, {@code eʳ ≈ 1 + r + r²·E(r)}
 *   <li>{@code tanh x ≈ x + x³·T(x²)} for {@code |x| < 0.625}, else {@code ±(1 − 2/(e^(2|x|) + 1))}
 *   <li>{@code erf x ≈ x + x·S(x²)} for {@code |x| < 1}, else {@code ±(1 − e^L(|x|))}
 * </ul>
 *
 * <p>E, T, S and L are minimax polynomials fitted in double arithmetic for this class.
 */
public final class FloatFunctions {
  /** Below it eˣ is 0, and above the other infinite, in float. */
  static final float EXP_LOWEST = -104f;

  static final float EXP_HIGHEST = 89f;
  static final float LOG2_E = 1.442695f;
  // ln 2 in two parts: the first has so few bits that its product with n is exact.
  static final float LN2_HIGH = 0.69140625f;
  static final float LN2_LOW = 0.0017409306f;

  /** Adding it leaves the nearest whole number in the low bits of the significand. */
  static final float ROUNDER = 0x1.8p23f;

  static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  static final int ONE_BITS = Float.floatToRawIntBits(1f);

  /** From here on eˣ is a normal float. */
  static final float NORMAL_LOWEST = -87f;

  static final float E0 = 0.49999994f;
  static final float E1 = 0.16666521f;
  static final float E2 = 0.041668393f;
  static final float E3 = 0.008368745f;
  static final float E4 = 0.0013814535f;

  static final float TANH_SMALL = 0.625f;
  static final float T0 = -0.33333284f;
  static final float T1 = 0.13331491f;
  static final float T2 = -0.053743493f;
  static final float T3 = 0.02065057f;
  static final float T4 = -0.0057170256f;

  static final float ERF_SMALL = 1f;
  static final float S0 = 0.12837917f;
  static final float S1 = -0.37612626f;
  static final float S2 = 0.112836f;
  static final float S3 = -0.026854444f;
  static final float S4 = 0.005189535f;
  static final float S5 = -8.02084e-4f;
  static final float S6 = 7.889115e-5f;

  /** From here on erf is 1 in float. */
  static final float ERF_HIGHEST = 4f;

  static final float L0 = 1.8847093e-4f;
  static final float L1 = -1.1295804f;
  static final float L2 = -0.6332164f;
  static final float L3 = -0.10842213f;
  static final float L4 = 0.02521036f;
  static final float L5 = -0.004205292f;
  static final float L6 = 4.414741e-4f;
  static final float L7 = -2.1697739e-5f;

  static final float SQRT_HALF = 0.70710677f;
  static final float SQRT_2_OVER_PI = 0.7978846f;
  static final float GELU_CUBE = 0.044715f;

  private FloatFunctions() {}

  static float exp(float x) {
    float clamped = Math.min(Math.max(x, EXP_LOWEST), EXP_HIGHEST);
    float shifted = MultiplyAdd.of(clamped, LOG2_E, ROUNDER);
    float n = shifted - ROUNDER;
    float r = MultiplyAdd.of(n, -LN2_LOW, MultiplyAdd.of(n, -LN2_HIGH, clamped));
    float p = MultiplyAdd.of(r, E4, E3);
    p = MultiplyAdd.of(p, r, E2);
    p = MultiplyAdd.of(p, r, E1);
    p = MultiplyAdd.of(p, r, E0);
    p = MultiplyAdd.of(p, r * r, r) + 1f;
    // Two factors, because 2ⁿ alone leaves the range of normal floats.
    int exponent = Float.floatToRawIntBits(shifted) - ROUNDER_BITS;
    int half = exponent >> 1;
    return p * powerOfTwo(half) * powerOfTwo(exponent - half);
  }

  /** eˣ for x up to 0, and 0 where that is no normal float. */
  private static float expNegative(float x) {
    float shifted = MultiplyAdd.of(x, LOG2_E, ROUNDER);
    float n = shifted - ROUNDER;
    float r = MultiplyAdd.of(n, -LN2_LOW, MultiplyAdd.of(n, -LN2_HIGH, x));
    float p = MultiplyAdd.of(r, E4, E3);
    p = MultiplyAdd.of(p, r, E2);
    p = MultiplyAdd.of(p, r, E1);
    p = MultiplyAdd.of(p, r, E0);
    p = MultiplyAdd.of(p, r * r, r) + 1f;
    // Of the bits of ROUNDER none is left after the shift.
    int scale = (Float.floatToRawIntBits(shifted) << 23) + ONE_BITS;
    return x < NORMAL_LOWEST ? 0f : p * Float.intBitsToFloat(scale);
  }

  private static float powerOfTwo(int n) {
    return Float.intBitsToFloat((n + 127) << 23);
  }

  static float sigmoid(float x) {
    float e = expNegative(-Math.abs(x));
    return (x < 0 ? e : 1f) / (1f + e);
  }

  static float tanh(float x) {
    float magnitude = Math.abs(x);
    if (magnitude < TANH_SMALL) {
      float z = x * x;
      float p = MultiplyAdd.of(z, T4, T3);
      p = MultiplyAdd.of(p, z, T2);
      p = MultiplyAdd.of(p, z, T1);
      p = MultiplyAdd.of(p, z, T0);
      return MultiplyAdd.of(p * z, x, x);
    }
    float y = 1f - 2f / (exp(2f * magnitude) + 1f);
    return x < 0 ? -y : y;
  }

  static float erf(float x) {
    float magnitude = Math.abs(x);
    if (magnitude < ERF_SMALL) {
      float z = x * x;
      float p = MultiplyAdd.of(z, S6, S5);
      p = MultiplyAdd.of(p, z, S4);
      p = MultiplyAdd.of(p, z, S3);
      p = MultiplyAdd.of(p, z, S2);
      p = MultiplyAdd.of(p, z, S1);
      p = MultiplyAdd.of(p, z, S0);
      return MultiplyAdd.of(p, x, x);
    }
    float t = Math.min(magnitude, ERF_HIGHEST);
    float p = MultiplyAdd.of(t, L7, L6);
    p = MultiplyAdd.of(p, t, L5);
    p = MultiplyAdd.of(p, t, L4);
    p = MultiplyAdd.of(p, t, L3);
    p = MultiplyAdd.of(p, t, L2);
    p = MultiplyAdd.of(p, t, L1);
    p = MultiplyAdd.of(p, t, L0);
    float y = 1f - exp(p);
    return x < 0 ? -y : y;
  }

  static float gelu(float x) {
    return (0.5f * x) * (1f + erf(x * SQRT_HALF));
  }

  static float geluTanh(float x) {
    float inner = MultiplyAdd.of(x * x * x, GELU_CUBE, x) * SQRT_2_OVER_PI;
    return (0.5f * x) * (1f + tanh(inner));
  }

  static float clip(float x, float low, float high) {
    return Math.min(Math.max(x, low), high);
  }
}
