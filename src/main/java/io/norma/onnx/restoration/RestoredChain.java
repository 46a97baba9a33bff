package io.norma.onnx.restoration;

/** A scale and a shift per channel, and the batch normalization that is put back in their place. */
record RestoredChain(PerChannelChain chain, CheckpointNormalization normalization, double epsilon) {
  /**
   * How far {@code γ/√(σ²+ε)} is from the file's scale at most, relative to it, and {@code β −
   * μ·γ/√(σ²+ε)} from its shift, relative to the sum of its parts' sizes.
   */
  double deviation() {
    double most = 0;
    for (int c = 0; c < chain.count(); c++) {
      double scale = normalization.gamma()[c] / Math.sqrt(normalization.variance()[c] + epsilon);
      double beta = normalization.beta()[c];
      double product = normalization.mean()[c] * scale;
      double off = Math.abs(beta - product - chain.shift()[c]);
      most = Math.max(most, relative(Math.abs(scale - chain.scale()[c]), Math.abs(scale)));
      most = Math.max(most, relative(off, Math.abs(beta) + Math.abs(product)));
    }
    return most;
  }

  private static double relative(double off, double size) {
    return size < Float.MIN_NORMAL ? 0 : off / size;
  }
}
