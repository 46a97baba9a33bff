package io.norma.onnx.restoration;

import java.util.List;

/**
 * A batch normalization of a checkpoint.
 *
 * @param module its name, without the prefix that was stripped
 * @param gamma γ per channel, ones where it has none
 * @param beta β per channel, zeros where it has none
 * @param mean running mean μ per channel
 * @param variance running variance σ² per channel
 * @param names of its tensors
 */
record CheckpointNormalization(
    String module,
    float[] gamma,
    float[] beta,
    float[] mean,
    float[] variance,
    List<String> names) {
  int channels() {
    return mean.length;
  }

  /** Whether all of it are numbers that a batch normalization can have. */
  boolean isSound() {
    for (int c = 0; c < mean.length; c++) {
      boolean finite =
          Float.isFinite(gamma[c]) && Float.isFinite(beta[c]) && Float.isFinite(mean[c]);
      if (!finite || !(variance[c] >= 0 && variance[c] <= Float.MAX_VALUE)) {
        return false;
      }
    }
    return true;
  }
}
