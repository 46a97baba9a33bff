package io.norma.kernel.compute.elementwise;

import io.norma.kernel.compute.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** SIMD twin of {@link ScalarElementwiseLoops}, which also does what is left over at the end. */
public record SimdElementwiseLoops() implements ElementwiseLoops {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final ScalarElementwiseLoops REST = new ScalarElementwiseLoops();

  @Override
  public void add(FloatRun a, FloatRun b, float[] y, int yOffset, int length) {
    int bound = SPECIES.loopBound(length);
    if (a.isScalar() && b.isScalar()) {
      bound = 0;
    } else if (b.isScalar()) {
      FloatVector right = FloatVector.broadcast(SPECIES, b.first());
      for (int i = 0; i < bound; i += SPECIES.length()) {
        load(a, i).add(right).intoArray(y, yOffset + i);
      }
    } else if (a.isScalar()) {
      FloatVector left = FloatVector.broadcast(SPECIES, a.first());
      for (int i = 0; i < bound; i += SPECIES.length()) {
        left.add(load(b, i)).intoArray(y, yOffset + i);
      }
    } else {
      for (int i = 0; i < bound; i += SPECIES.length()) {
        load(a, i).add(load(b, i)).intoArray(y, yOffset + i);
      }
    }
    REST.add(rest(a, bound), rest(b, bound), y, yOffset + bound, length - bound);
  }

  @Override
  public void subtract(FloatRun a, FloatRun b, float[] y, int yOffset, int length) {
    int bound = SPECIES.loopBound(length);
    if (a.isScalar() && b.isScalar()) {
      bound = 0;
    } else if (b.isScalar()) {
      FloatVector right = FloatVector.broadcast(SPECIES, b.first());
      for (int i = 0; i < bound; i += SPECIES.length()) {
        load(a, i).sub(right).intoArray(y, yOffset + i);
      }
    } else if (a.isScalar()) {
      FloatVector left = FloatVector.broadcast(SPECIES, a.first());
      for (int i = 0; i < bound; i += SPECIES.length()) {
        left.sub(load(b, i)).intoArray(y, yOffset + i);
      }
    } else {
      for (int i = 0; i < bound; i += SPECIES.length()) {
        load(a, i).sub(load(b, i)).intoArray(y, yOffset + i);
      }
    }
    REST.subtract(rest(a, bound), rest(b, bound), y, yOffset + bound, length - bound);
  }

  @Override
  public void multiply(FloatRun a, FloatRun b, float[] y, int yOffset, int length) {
    int bound = SPECIES.loopBound(length);
    if (a.isScalar() && b.isScalar()) {
      bound = 0;
    } else if (b.isScalar()) {
      FloatVector right = FloatVector.broadcast(SPECIES, b.first());
      for (int i = 0; i < bound; i += SPECIES.length()) {
        load(a, i).mul(right).intoArray(y, yOffset + i);
      }
    } else if (a.isScalar()) {
      FloatVector left = FloatVector.broadcast(SPECIES, a.first());
      for (int i = 0; i < bound; i += SPECIES.length()) {
        left.mul(load(b, i)).intoArray(y, yOffset + i);
      }
    } else {
      for (int i = 0; i < bound; i += SPECIES.length()) {
        load(a, i).mul(load(b, i)).intoArray(y, yOffset + i);
      }
    }
    REST.multiply(rest(a, bound), rest(b, bound), y, yOffset + bound, length - bound);
  }

  @Override
  public void divide(FloatRun a, FloatRun b, float[] y, int yOffset, int length) {
    int bound = SPECIES.loopBound(length);
    if (a.isScalar() && b.isScalar()) {
      bound = 0;
    } else if (b.isScalar()) {
      FloatVector right = FloatVector.broadcast(SPECIES, b.first());
      for (int i = 0; i < bound; i += SPECIES.length()) {
        load(a, i).div(right).intoArray(y, yOffset + i);
      }
    } else if (a.isScalar()) {
      FloatVector left = FloatVector.broadcast(SPECIES, a.first());
      for (int i = 0; i < bound; i += SPECIES.length()) {
        left.div(load(b, i)).intoArray(y, yOffset + i);
      }
    } else {
      for (int i = 0; i < bound; i += SPECIES.length()) {
        load(a, i).div(load(b, i)).intoArray(y, yOffset + i);
      }
    }
    REST.divide(rest(a, bound), rest(b, bound), y, yOffset + bound, length - bound);
  }

  @Override
  public void clip(
      float[] x, int xOffset, float[] y, int yOffset, int length, float low, float high) {
    int bound = SPECIES.loopBound(length);
    FloatVector lows = FloatVector.broadcast(SPECIES, low);
    FloatVector highs = FloatVector.broadcast(SPECIES, high);
    for (int i = 0; i < bound; i += SPECIES.length()) {
      FloatVector values = FloatVector.fromArray(SPECIES, x, xOffset + i);
      values.max(lows).min(highs).intoArray(y, yOffset + i);
    }
    REST.clip(x, xOffset + bound, y, yOffset + bound, length - bound, low, high);
  }

  @Override
  public void leakyRelu(float[] x, int xOffset, float[] y, int yOffset, int length, float alpha) {
    int bound = SPECIES.loopBound(length);
    FloatVector alphas = FloatVector.broadcast(SPECIES, alpha);
    for (int i = 0; i < bound; i += SPECIES.length()) {
      FloatVector values = FloatVector.fromArray(SPECIES, x, xOffset + i);
      values.mul(alphas, values.compare(VectorOperators.LT, 0f)).intoArray(y, yOffset + i);
    }
    REST.leakyRelu(x, xOffset + bound, y, yOffset + bound, length - bound, alpha);
  }

  @Override
  public void exp(float[] x, int xOffset, float[] y, int yOffset, int length) {
    int bound = SPECIES.loopBound(length);
    for (int i = 0; i < bound; i += SPECIES.length()) {
      FloatVector values = FloatVector.fromArray(SPECIES, x, xOffset + i);
      VectorFunctions.exp(values).intoArray(y, yOffset + i);
    }
    REST.exp(x, xOffset + bound, y, yOffset + bound, length - bound);
  }

  @Override
  public void swish(float[] x, int xOffset, float[] y, int yOffset, int length, float alpha) {
    int bound = SPECIES.loopBound(length);
    for (int i = 0; i < bound; i += SPECIES.length()) {
      FloatVector values = FloatVector.fromArray(SPECIES, x, xOffset + i);
      values.mul(VectorFunctions.sigmoid(values.mul(alpha))).intoArray(y, yOffset + i);
    }
    REST.swish(x, xOffset + bound, y, yOffset + bound, length - bound, alpha);
  }

  @Override
  public void sigmoid(float[] x, int xOffset, float[] y, int yOffset, int length) {
    int bound = SPECIES.loopBound(length);
    for (int i = 0; i < bound; i += SPECIES.length()) {
      FloatVector values = FloatVector.fromArray(SPECIES, x, xOffset + i);
      VectorFunctions.sigmoid(values).intoArray(y, yOffset + i);
    }
    REST.sigmoid(x, xOffset + bound, y, yOffset + bound, length - bound);
  }

  @Override
  public void tanh(float[] x, int xOffset, float[] y, int yOffset, int length) {
    int bound = SPECIES.loopBound(length);
    for (int i = 0; i < bound; i += SPECIES.length()) {
      FloatVector values = FloatVector.fromArray(SPECIES, x, xOffset + i);
      VectorFunctions.tanh(values).intoArray(y, yOffset + i);
    }
    REST.tanh(x, xOffset + bound, y, yOffset + bound, length - bound);
  }

  @Override
  public void erf(float[] x, int xOffset, float[] y, int yOffset, int length) {
    int bound = SPECIES.loopBound(length);
    for (int i = 0; i < bound; i += SPECIES.length()) {
      FloatVector values = FloatVector.fromArray(SPECIES, x, xOffset + i);
      VectorFunctions.erf(values).intoArray(y, yOffset + i);
    }
    REST.erf(x, xOffset + bound, y, yOffset + bound, length - bound);
  }

  @Override
  public void gelu(float[] x, int xOffset, float[] y, int yOffset, int length) {
    int bound = SPECIES.loopBound(length);
    for (int i = 0; i < bound; i += SPECIES.length()) {
      FloatVector values = FloatVector.fromArray(SPECIES, x, xOffset + i);
      VectorFunctions.gelu(values).intoArray(y, yOffset + i);
    }
    REST.gelu(x, xOffset + bound, y, yOffset + bound, length - bound);
  }

  @Override
  public void geluTanh(float[] x, int xOffset, float[] y, int yOffset, int length) {
    int bound = SPECIES.loopBound(length);
    for (int i = 0; i < bound; i += SPECIES.length()) {
      FloatVector values = FloatVector.fromArray(SPECIES, x, xOffset + i);
      VectorFunctions.geluTanh(values).intoArray(y, yOffset + i);
    }
    REST.geluTanh(x, xOffset + bound, y, yOffset + bound, length - bound);
  }

  @Override
  public void hardSigmoid(
      float[] x, int xOffset, float[] y, int yOffset, int length, float alpha, float beta) {
    int bound = SPECIES.loopBound(length);
    FloatVector alphas = FloatVector.broadcast(SPECIES, alpha);
    FloatVector betas = FloatVector.broadcast(SPECIES, beta);
    for (int i = 0; i < bound; i += SPECIES.length()) {
      FloatVector values = FloatVector.fromArray(SPECIES, x, xOffset + i);
      values.fma(alphas, betas).max(0f).min(1f).intoArray(y, yOffset + i);
    }
    REST.hardSigmoid(x, xOffset + bound, y, yOffset + bound, length - bound, alpha, beta);
  }

  @Override
  public void hardSwish(
      float[] x, int xOffset, float[] y, int yOffset, int length, float alpha, float beta) {
    int bound = SPECIES.loopBound(length);
    FloatVector alphas = FloatVector.broadcast(SPECIES, alpha);
    FloatVector betas = FloatVector.broadcast(SPECIES, beta);
    for (int i = 0; i < bound; i += SPECIES.length()) {
      FloatVector values = FloatVector.fromArray(SPECIES, x, xOffset + i);
      values.mul(values.fma(alphas, betas).max(0f).min(1f)).intoArray(y, yOffset + i);
    }
    REST.hardSwish(x, xOffset + bound, y, yOffset + bound, length - bound, alpha, beta);
  }

  private static FloatVector load(FloatRun run, int index) {
    return FloatVector.fromArray(SPECIES, run.array(), run.offset() + index);
  }

  private static FloatRun rest(FloatRun run, int from) {
    return new FloatRun(run.array(), run.offset() + from * run.stride(), run.stride());
  }
}
