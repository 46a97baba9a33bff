package io.norma.kernel.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Activations that need more than two comparisons, in place over whole blocks. */
final class ActivationLoops {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;

  private ActivationLoops() {}

  /** {@code y = activation(y)}; nothing for a clamp, which kernels do themselves. */
  static void apply(Activation activation, float[] y, int offset, int length) {
    float alpha = activation.alpha();
    float beta = activation.beta();
    switch (activation.function()) {
      case CLAMP -> {}
      case LEAKY_RELU -> leaky(y, offset, length, alpha);
      case HARD_SIGMOID -> hardSigmoid(y, offset, length, alpha, beta);
      case HARD_SWISH -> hardSwish(y, offset, length, alpha, beta);
      case SIGMOID -> sigmoid(y, offset, length);
      case SILU -> silu(y, offset, length);
    }
  }

  private static void leaky(float[] y, int offset, int length, float alpha) {
    for (int i = offset; i < offset + length; i += SPECIES.length()) {
      FloatVector v = FloatVector.fromArray(SPECIES, y, i);
      v.blend(v.mul(alpha), v.lt(0)).intoArray(y, i);
    }
  }

  private static void hardSigmoid(float[] y, int offset, int length, float alpha, float beta) {
    for (int i = offset; i < offset + length; i += SPECIES.length()) {
      gate(FloatVector.fromArray(SPECIES, y, i), alpha, beta).intoArray(y, i);
    }
  }

  private static void hardSwish(float[] y, int offset, int length, float alpha, float beta) {
    for (int i = offset; i < offset + length; i += SPECIES.length()) {
      FloatVector v = FloatVector.fromArray(SPECIES, y, i);
      v.mul(gate(v, alpha, beta)).intoArray(y, i);
    }
  }

  private static FloatVector gate(FloatVector v, float alpha, float beta) {
    FloatVector line = v.mul(alpha).add(beta);
    FloatVector low = line.blend(0, line.lt(0));
    return low.blend(1, low.compare(VectorOperators.GT, 1));
  }

  private static void sigmoid(float[] y, int offset, int length) {
    for (int i = offset; i < offset + length; i += SPECIES.length()) {
      FloatVector v = FloatVector.fromArray(SPECIES, y, i);
      FloatVector.broadcast(SPECIES, 1).div(Exponential.of(v.neg()).add(1)).intoArray(y, i);
    }
  }

  private static void silu(float[] y, int offset, int length) {
    for (int i = offset; i < offset + length; i += SPECIES.length()) {
      FloatVector v = FloatVector.fromArray(SPECIES, y, i);
      v.div(Exponential.of(v.neg()).add(1)).intoArray(y, i);
    }
  }
}
