package io.norma.network;

import io.norma.kernel.compute.MultiplyAdd;

/**
 * A batch normalization bound to running statistics, {@code y = scale·(x − μ) + β}, with one value
 * each per channel.
 *
 * @param scale {@code γ/√(σ²+ε)}
 * @param mean μ, the statistics' own
 * @param beta β, the layer's own or the statistics'
 */
public record BoundNormalization(float[] scale, float[] mean, float[] beta) {
  /**
   * The shift of {@code y = scale·x + shift}, for an x that has a rounding error of the size of μ's
   * itself, as the sum of a product has.
   */
  public float shift(int channel) {
    return MultiplyAdd.of(-mean[channel], scale[channel], beta[channel]);
  }

  /**
   * Whether it leaves every value as it is: scales are 1, and every mean is its channel's β. Taken
   * off and added again in two roundings it would not.
   */
  public boolean isIdentity() {
    for (int c = 0; c < scale.length; c++) {
      if (scale[c] != 1 || mean[c] != beta[c]) {
        return false;
      }
    }
    return true;
  }
}
