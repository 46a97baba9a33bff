package io.norma.kernel.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code eˣ = 2ⁿ · eʳ} with {@code n = round(x / ln 2)} and {@code r = x − n·ln 2}, eʳ by a
 * polynomial of degree 6: two units in the last place. The same bits compiled or not, which the
 * platform's own vector function does not promise.
 *
 * <p>Source: Cephes, {@code expf}; Cody and Waite 1980 for the reduction in two steps.
 */
final class Exponential {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, Lanes.SPECIES.vectorShape());
  private static final float LARGEST = 88.3762626647950f;
  private static final float SMALLEST = -87.3365478515625f;

  /** Added and subtracted, it rounds to a whole number. */
  private static final float ROUNDER = 0x1.8p23f;

  private Exponential() {}

  static FloatVector of(FloatVector x) {
    FloatVector v = x.blend(LARGEST, x.compare(VectorOperators.GT, LARGEST));
    v = v.blend(SMALLEST, v.lt(SMALLEST));
    FloatVector n =
        v.fma(broadcast(1.44269504088896341f), broadcast(ROUNDER)).sub(broadcast(ROUNDER));
    FloatVector r = n.fma(broadcast(-0.693359375f), v);
    r = n.fma(broadcast(2.12194440e-4f), r);
    FloatVector p = broadcast(1.9875691500e-4f);
    p = p.fma(r, broadcast(1.3981999507e-3f));
    p = p.fma(r, broadcast(8.3334519073e-3f));
    p = p.fma(r, broadcast(4.1665795894e-2f));
    p = p.fma(r, broadcast(1.6666665459e-1f));
    p = p.fma(r, broadcast(5.0000001201e-1f));
    FloatVector e = p.fma(r.mul(r), r).add(1);
    IntVector exponent =
        (IntVector) n.convertShape(VectorOperators.F2I, INTS, 0);
    return e.mul(exponent.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }
}
