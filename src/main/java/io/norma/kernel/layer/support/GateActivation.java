package io.norma.kernel.layer.support;

/** An activation function inside a recurrent layer, as ONNX's {@code RNN} lists them. */
public record GateActivation(Function function, double alpha, double beta) {
  /** The functions by ONNX's names. */
  public enum Function {
    RELU,
    TANH,
    SIGMOID,
    /** {@code alpha·x + beta}. */
    AFFINE,
    /** {@code x} for x ≥ 0, else {@code alpha·x}. */
    LEAKYRELU,
    /** {@code x} for x ≥ alpha, else 0. */
    THRESHOLDEDRELU,
    /** {@code alpha·tanh(beta·x)}. */
    SCALEDTANH,
    /** {@code alpha·x + beta}, kept within 0 and 1. */
    HARDSIGMOID,
    /** {@code x} for x ≥ 0, else {@code alpha·(eˣ − 1)}. */
    ELU,
    SOFTSIGN,
    SOFTPLUS
  }

  /** Without parameters. */
  public static GateActivation of(Function function) {
    return new GateActivation(function, 0, 0);
  }

  double apply(double x) {
    return switch (function) {
      case RELU -> Math.max(0, x);
      case TANH -> Math.tanh(x);
      case SIGMOID -> 1 / (1 + Math.exp(-x));
      case AFFINE -> alpha * x + beta;
      case LEAKYRELU -> x >= 0 ? x : alpha * x;
      case THRESHOLDEDRELU -> x >= alpha ? x : 0;
      case SCALEDTANH -> alpha * Math.tanh(beta * x);
      case HARDSIGMOID -> Math.clamp(alpha * x + beta, 0.0, 1.0);
      case ELU -> x >= 0 ? x : alpha * Math.expm1(x);
      case SOFTSIGN -> x / (1 + Math.abs(x));
      case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    };
  }
}
