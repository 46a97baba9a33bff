package io.norma.kernel.statistics;

/**
 * How far apart two channels are, each seen as the Gaussian N(μ, σ²) with its own mean and
 * variance.
 *
 * <pre>
 *   J(P, Q)    = KL(P‖Q) + KL(Q‖P)
 *              = ½·( σ_P²/σ_Q² + σ_Q²/σ_P² − 2 + (μ_P − μ_Q)²·(1/σ_P² + 1/σ_Q²) )
 *   W₂²(P, Q)  = (μ_P − μ_Q)² + (σ_P − σ_Q)²
 *   shift(P→Q) = (μ_Q − μ_P) / σ_P
 *   ratio(P→Q) = σ_Q² / σ_P²
 * </pre>
 *
 * <p>J: Kullback and Leibler 1951, "On information and sufficiency", equation 2.6, for two normal
 * distributions. W₂: Givens and Shortt 1984, "A class of Wasserstein metrics for probability
 * distributions", proposition 7, in one dimension.
 *
 * <p>Callers add ε to the variances, as normalization does, so that none is zero.
 */
final class GaussianDistance {
  private GaussianDistance() {}

  /** J(P, Q) in nats. 0 for equal distributions; variances above 0. */
  static double symmetricKullbackLeibler(
      double meanP, double varianceP, double meanQ, double varianceQ) {
    double difference = meanP - meanQ;
    double spread = varianceP - varianceQ;
    // σ_P²/σ_Q² + σ_Q²/σ_P² − 2 = (σ_P² − σ_Q²)²/(σ_P²·σ_Q²), which does not cancel.
    return 0.5
        * (spread / varianceP * (spread / varianceQ)
            + difference * difference * (1 / varianceP + 1 / varianceQ));
  }

  /** W₂²(P, Q), in the square of the channel's unit. */
  static double squaredWasserstein2(
      double meanP, double varianceP, double meanQ, double varianceQ) {
    double difference = meanP - meanQ;
    double spread = Math.sqrt(varianceP) - Math.sqrt(varianceQ);
    return difference * difference + spread * spread;
  }

  /** shift(P→Q), in standard deviations of P. */
  static double standardizedShift(double meanP, double varianceP, double meanQ) {
    return (meanQ - meanP) / Math.sqrt(varianceP);
  }
}
