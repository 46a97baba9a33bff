package io.norma.normalization;

import io.norma.kernel.statistics.VarianceConvention;

/** What a framework assumes where a caller says nothing. */
public enum Convention {
  /** {@code torch.nn.BatchNorm*}: ε = 1e-5, momentum 0.1, unbiased variance, channels at axis 1. */
  PYTORCH(1e-5, 0.1, VarianceConvention.UNBIASED, 1),
  /** Keras 3: ε = 1e-3, decay 0.99, population variance, channels last. */
  KERAS(1e-3, 0.01, VarianceConvention.POPULATION, -1),
  /** ONNX 15: ε = 1e-5, decay 0.9, population variance, channels at axis 1. */
  ONNX(1e-5, 0.1, VarianceConvention.POPULATION, 1);

  private final double epsilon;
  private final double momentum;
  private final VarianceConvention variance;
  private final int channelAxis;

  Convention(double epsilon, double momentum, VarianceConvention variance, int channelAxis) {
    this.epsilon = epsilon;
    this.momentum = momentum;
    this.variance = variance;
    this.channelAxis = channelAxis;
  }

  public double epsilon() {
    return epsilon;
  }

  /** The weight of the new batch. */
  public double momentum() {
    return momentum;
  }

  public VarianceConvention variance() {
    return variance;
  }

  public int channelAxis() {
    return channelAxis;
  }
}
