package io.norma.kernel.compute.elementwise;

import io.norma.kernel.compute.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The functions of {@link FloatFunctions}, step by step the same, of many floats at once.
 *
 * <p>Constants are vectors already: making them where they are used brings the longer functions
 * over the size up to which the compiler inlines, and what is not inlined gets its vectors on the
 * heap.
 */
public final class VectorFunctions {
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, Lanes.SPECIES.vectorShape());

  private static final FloatVector EXP_LOWEST = broadcast(FloatFunctions.EXP_LOWEST);
  private static final FloatVector EXP_HIGHEST = broadcast(FloatFunctions.EXP_HIGHEST);
  private static final FloatVector LOG2_E = broadcast(FloatFunctions.LOG2_E);
  private static final FloatVector ROUNDER = broadcast(FloatFunctions.ROUNDER);
  private static final FloatVector NORMAL_LOWEST = broadcast(FloatFunctions.NORMAL_LOWEST);
  private static final FloatVector E0 = broadcast(FloatFunctions.E0);
  private static final FloatVector E1 = broadcast(FloatFunctions.E1);
  private static final FloatVector E2 = broadcast(FloatFunctions.E2);
  private static final FloatVector E3 = broadcast(FloatFunctions.E3);
  private static final FloatVector E4 = broadcast(FloatFunctions.E4);
  private static final FloatVector TANH_SMALL = broadcast(FloatFunctions.TANH_SMALL);
  private static final FloatVector T0 = broadcast(FloatFunctions.T0);
  private static final FloatVector T1 = broadcast(FloatFunctions.T1);
  private static final FloatVector T2 = broadcast(FloatFunctions.T2);
  private static final FloatVector T3 = broadcast(FloatFunctions.T3);
  private static final FloatVector T4 = broadcast(FloatFunctions.T4);
  private static final FloatVector ERF_SMALL = broadcast(FloatFunctions.ERF_SMALL);
  private static final FloatVector S0 = broadcast(FloatFunctions.S0);
  private static final FloatVector S1 = broadcast(FloatFunctions.S1);
  private static final FloatVector S2 = broadcast(FloatFunctions.S2);
  private static final FloatVector S3 = broadcast(FloatFunctions.S3);
  private static final FloatVector S4 = broadcast(FloatFunctions.S4);
  private static final FloatVector S5 = broadcast(FloatFunctions.S5);
  private static final FloatVector S6 = broadcast(FloatFunctions.S6);
  private static final FloatVector ERF_HIGHEST = broadcast(FloatFunctions.ERF_HIGHEST);
  private static final FloatVector L0 = broadcast(FloatFunctions.L0);
  private static final FloatVector L1 = broadcast(FloatFunctions.L1);
  private static final FloatVector L2 = broadcast(FloatFunctions.L2);
  private static final FloatVector L3 = broadcast(FloatFunctions.L3);
  private static final FloatVector L4 = broadcast(FloatFunctions.L4);
  private static final FloatVector L5 = broadcast(FloatFunctions.L5);
  private static final FloatVector L6 = broadcast(FloatFunctions.L6);
  private static final FloatVector L7 = broadcast(FloatFunctions.L7);
  private static final FloatVector SQRT_HALF = broadcast(FloatFunctions.SQRT_HALF);
  private static final FloatVector SQRT_2_OVER_PI = broadcast(FloatFunctions.SQRT_2_OVER_PI);
  private static final FloatVector GELU_CUBE = broadcast(FloatFunctions.GELU_CUBE);
  private static final FloatVector MINUS_LN2_LOW = broadcast(-FloatFunctions.LN2_LOW);
  private static final FloatVector MINUS_LN2_HIGH = broadcast(-FloatFunctions.LN2_HIGH);
  private static final FloatVector ZERO = broadcast(0);
  private static final FloatVector HALF = broadcast(0.5f);
  private static final FloatVector ONE = broadcast(1);
  private static final FloatVector TWO = broadcast(2);
  private static final IntVector ROUNDER_INTS =
      IntVector.broadcast(INTS, FloatFunctions.ROUNDER_BITS);
  private static final IntVector ONE_INTS = IntVector.broadcast(INTS, FloatFunctions.ONE_BITS);

  /** What a float's exponent has added to it. */
  private static final IntVector BIAS = IntVector.broadcast(INTS, 127);

  private VectorFunctions() {}

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(Lanes.SPECIES, value);
  }

  static FloatVector exp(FloatVector x) {
    // Blends, since a minimum or maximum by Java's rules takes several where there are no masks.
    FloatVector clamped = x.blend(EXP_LOWEST, x.lt(EXP_LOWEST));
    clamped = clamped.blend(EXP_HIGHEST, EXP_HIGHEST.lt(clamped));
    FloatVector shifted = clamped.fma(LOG2_E, ROUNDER);
    FloatVector n = shifted.sub(ROUNDER);
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, clamped));
    FloatVector p = r.fma(E4, E3);
    p = p.fma(r, E2);
    p = p.fma(r, E1);
    p = p.fma(r, E0);
    p = p.fma(r.mul(r), r).add(ONE);
    IntVector exponent = shifted.reinterpretAsInts().sub(ROUNDER_INTS);
    IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
    return p.mul(powerOfTwo(half)).mul(powerOfTwo(exponent.sub(half)));
  }

  private static FloatVector expNegative(FloatVector x) {
    FloatVector shifted = x.fma(LOG2_E, ROUNDER);
    FloatVector n = shifted.sub(ROUNDER);
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, x));
    FloatVector p = r.fma(E4, E3);
    p = p.fma(r, E2);
    p = p.fma(r, E1);
    p = p.fma(r, E0);
    p = p.fma(r.mul(r), r).add(ONE);
    IntVector scale = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(ONE_INTS);
    VectorMask<Float> tiny = x.compare(VectorOperators.LT, NORMAL_LOWEST);
    return p.mul(scale.reinterpretAsFloats()).blend(ZERO, tiny);
  }

  private static FloatVector powerOfTwo(IntVector n) {
    return n.add(BIAS).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  static FloatVector sigmoid(FloatVector x) {
    FloatVector e = expNegative(x.abs().neg());
    return ONE.blend(e, x.compare(VectorOperators.LT, ZERO)).div(e.add(ONE));
  }

  static FloatVector tanh(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector z = x.mul(x);
    FloatVector p = z.fma(T4, T3);
    p = p.fma(z, T2);
    p = p.fma(z, T1);
    p = p.fma(z, T0);
    FloatVector small = p.mul(z).fma(x, x);
    FloatVector y = ONE.sub(TWO.div(exp(magnitude.mul(TWO)).add(ONE)));
    VectorMask<Float> isSmall = magnitude.compare(VectorOperators.LT, TANH_SMALL);
    return y.blend(y.neg(), x.compare(VectorOperators.LT, ZERO)).blend(small, isSmall);
  }

  static FloatVector erf(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector z = x.mul(x);
    FloatVector small = z.fma(S6, S5);
    small = small.fma(z, S4);
    small = small.fma(z, S3);
    small = small.fma(z, S2);
    small = small.fma(z, S1);
    small = small.fma(z, S0);
    small = small.fma(x, x);
    FloatVector t = magnitude.blend(ERF_HIGHEST, ERF_HIGHEST.lt(magnitude));
    FloatVector p = t.fma(L7, L6);
    p = p.fma(t, L5);
    p = p.fma(t, L4);
    p = p.fma(t, L3);
    p = p.fma(t, L2);
    p = p.fma(t, L1);
    p = p.fma(t, L0);
    FloatVector y = ONE.sub(exp(p));
    VectorMask<Float> isSmall = magnitude.compare(VectorOperators.LT, ERF_SMALL);
    return y.blend(y.neg(), x.compare(VectorOperators.LT, ZERO)).blend(small, isSmall);
  }

  static FloatVector gelu(FloatVector x) {
    return x.mul(HALF).mul(erf(x.mul(SQRT_HALF)).add(ONE));
  }

  static FloatVector geluTanh(FloatVector x) {
    FloatVector inner = x.mul(x).mul(x).fma(GELU_CUBE, x).mul(SQRT_2_OVER_PI);
    return x.mul(HALF).mul(tanh(inner).add(ONE));
  }
}
