package io.norma.onnx.restoration;

import io.norma.kernel.statistics.VarianceConvention;

/**
 * What a checkpoint was written by, as its names tell, and what that has for batch normalizations.
 */
enum Framework {
  PYTORCH(0.1, VarianceConvention.UNBIASED),
  KERAS(0.01, VarianceConvention.POPULATION);

  private final double momentum;
  private final VarianceConvention varianceConvention;

  Framework(double momentum, VarianceConvention varianceConvention) {
    this.momentum = momentum;
    this.varianceConvention = varianceConvention;
  }

  /** The usual weight of the new batch, which checkpoints do not keep. */
  double momentum() {
    return momentum;
  }

  VarianceConvention varianceConvention() {
    return varianceConvention;
  }
}
