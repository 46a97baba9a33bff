package io.norma.kernel.compute;

import static io.norma.kernel.compute.FloatFunctions.*;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The functions of {@link FloatFunctions}, step by step the same, of many floats at once. */
final class VectorFunctions {
  private VectorFunctions() {}

  static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(EXP_LOWEST).min(EXP_HIGHEST);
    FloatVector shifted = clamped.fma(LOG2_E, ROUNDER);
    FloatVector n = shifted.sub(ROUNDER);
    FloatVector r = n.fma(broadcast(x, -LN2_LOW), n.fma(broadcast(x, -LN2_HIGH), clamped));
    FloatVector p = r.fma(E4, E3);
    p = p.fma(r, broadcast(x, E2));
    p = p.fma(r, broadcast(x, E1));
    p = p.fma(r, broadcast(x, E0));
    p = p.fma(r.mul(r), r).add(1f);
    IntVector exponent = shifted.reinterpretAsInts().sub(ROUNDER_BITS);
    IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
    return p.mul(powerOfTwo(half)).mul(powerOfTwo(exponent.sub(half)));
  }

  private static FloatVector expNegative(FloatVector x) {
    FloatVector shifted = x.fma(LOG2_E, ROUNDER);
    FloatVector n = shifted.sub(ROUNDER);
    FloatVector r = n.fma(broadcast(x, -LN2_LOW), n.fma(broadcast(x, -LN2_HIGH), x));
    FloatVector p = r.fma(E4, E3);
    p = p.fma(r, broadcast(x, E2));
    p = p.fma(r, broadcast(x, E1));
    p = p.fma(r, broadcast(x, E0));
    p = p.fma(r.mul(r), r).add(1f);
    IntVector scale = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(ONE_BITS);
    VectorMask<Float> tiny = x.compare(VectorOperators.LT, NORMAL_LOWEST);
    return p.mul(scale.reinterpretAsFloats()).blend(0f, tiny);
  }

  private static FloatVector powerOfTwo(IntVector n) {
    return n.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  private static FloatVector broadcast(FloatVector like, float value) {
    return FloatVector.broadcast(like.species(), value);
  }

  static FloatVector sigmoid(FloatVector x) {
    FloatVector e = expNegative(x.abs().neg());
    return broadcast(x, 1f).blend(e, x.compare(VectorOperators.LT, 0f)).div(e.add(1f));
  }

  static FloatVector tanh(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector z = x.mul(x);
    FloatVector p = z.fma(T4, T3);
    p = p.fma(z, broadcast(x, T2));
    p = p.fma(z, broadcast(x, T1));
    p = p.fma(z, broadcast(x, T0));
    FloatVector small = p.mul(z).fma(x, x);
    FloatVector y = broadcast(x, 1f).sub(broadcast(x, 2f).div(exp(magnitude.mul(2f)).add(1f)));
    VectorMask<Float> isSmall = magnitude.compare(VectorOperators.LT, TANH_SMALL);
    return y.blend(y.neg(), x.compare(VectorOperators.LT, 0f)).blend(small, isSmall);
  }

  static FloatVector erf(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector z = x.mul(x);
    FloatVector small = z.fma(S6, S5);
    small = small.fma(z, broadcast(x, S4));
    small = small.fma(z, broadcast(x, S3));
    small = small.fma(z, broadcast(x, S2));
    small = small.fma(z, broadcast(x, S1));
    small = small.fma(z, broadcast(x, S0));
    small = small.fma(x, x);
    FloatVector t = magnitude.min(ERF_HIGHEST);
    FloatVector p = t.fma(L7, L6);
    p = p.fma(t, broadcast(x, L5));
    p = p.fma(t, broadcast(x, L4));
    p = p.fma(t, broadcast(x, L3));
    p = p.fma(t, broadcast(x, L2));
    p = p.fma(t, broadcast(x, L1));
    p = p.fma(t, broadcast(x, L0));
    FloatVector y = broadcast(x, 1f).sub(exp(p));
    VectorMask<Float> isSmall = magnitude.compare(VectorOperators.LT, ERF_SMALL);
    return y.blend(y.neg(), x.compare(VectorOperators.LT, 0f)).blend(small, isSmall);
  }

  static FloatVector gelu(FloatVector x) {
    return x.mul(0.5f).mul(erf(x.mul(SQRT_HALF)).add(1f));
  }

  static FloatVector geluTanh(FloatVector x) {
    FloatVector inner = x.mul(x).mul(x).fma(broadcast(x, GELU_CUBE), x).mul(SQRT_2_OVER_PI);
    return x.mul(0.5f).mul(tanh(inner).add(1f));
  }
}
