package io.norma.kernel.compute.elementwise;

import io.norma.kernel.compute.MultiplyAdd;

/** Scalar twin; the steps of the SIMD one, so that both give the same bits. */
public record ScalarElementwiseLoops() implements ElementwiseLoops {
  @Override
  public void add(FloatRun a, FloatRun b, float[] y, int yOffset, int length) {
    float[] left = a.array();
    float[] right = b.array();
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = left[a.offset() + i * a.stride()] + right[b.offset() + i * b.stride()];
    }
  }

  @Override
  public void subtract(FloatRun a, FloatRun b, float[] y, int yOffset, int length) {
    float[] left = a.array();
    float[] right = b.array();
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = left[a.offset() + i * a.stride()] - right[b.offset() + i * b.stride()];
    }
  }

  @Override
  public void multiply(FloatRun a, FloatRun b, float[] y, int yOffset, int length) {
    float[] left = a.array();
    float[] right = b.array();
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = left[a.offset() + i * a.stride()] * right[b.offset() + i * b.stride()];
    }
  }

  @Override
  public void divide(FloatRun a, FloatRun b, float[] y, int yOffset, int length) {
    float[] left = a.array();
    float[] right = b.array();
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = left[a.offset() + i * a.stride()] / right[b.offset() + i * b.stride()];
    }
  }

  @Override
  public void clip(
      float[] x, int xOffset, float[] y, int yOffset, int length, float low, float high) {
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = FloatFunctions.clip(x[xOffset + i], low, high);
    }
  }

  @Override
  public void leakyRelu(float[] x, int xOffset, float[] y, int yOffset, int length, float alpha) {
    for (int i = 0; i < length; i++) {
      float value = x[xOffset + i];
      y[yOffset + i] = value < 0 ? alpha * value : value;
    }
  }

  @Override
  public void exp(float[] x, int xOffset, float[] y, int yOffset, int length) {
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = FloatFunctions.exp(x[xOffset + i]);
    }
  }

  @Override
  public void swish(float[] x, int xOffset, float[] y, int yOffset, int length, float alpha) {
    for (int i = 0; i < length; i++) {
      float value = x[xOffset + i];
      y[yOffset + i] = value * FloatFunctions.sigmoid(alpha * value);
    }
  }

  @Override
  public void sigmoid(float[] x, int xOffset, float[] y, int yOffset, int length) {
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = FloatFunctions.sigmoid(x[xOffset + i]);
    }
  }

  @Override
  public void tanh(float[] x, int xOffset, float[] y, int yOffset, int length) {
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = FloatFunctions.tanh(x[xOffset + i]);
    }
  }

  @Override
  public void erf(float[] x, int xOffset, float[] y, int yOffset, int length) {
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = FloatFunctions.erf(x[xOffset + i]);
    }
  }

  @Override
  public void gelu(float[] x, int xOffset, float[] y, int yOffset, int length) {
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = FloatFunctions.gelu(x[xOffset + i]);
    }
  }

  @Override
  public void geluTanh(float[] x, int xOffset, float[] y, int yOffset, int length) {
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = FloatFunctions.geluTanh(x[xOffset + i]);
    }
  }

  @Override
  public void hardSigmoid(
      float[] x, int xOffset, float[] y, int yOffset, int length, float alpha, float beta) {
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = FloatFunctions.clip(MultiplyAdd.of(alpha, x[xOffset + i], beta), 0f, 1f);
    }
  }

  @Override
  public void hardSwish(
      float[] x, int xOffset, float[] y, int yOffset, int length, float alpha, float beta) {
    for (int i = 0; i < length; i++) {
      float value = x[xOffset + i];
      y[yOffset + i] = value * FloatFunctions.clip(MultiplyAdd.of(alpha, value, beta), 0f, 1f);
    }
  }
}
