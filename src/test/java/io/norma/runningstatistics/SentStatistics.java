package io.norma.runningstatistics;

import io.norma.network.Network;

/** What the service does with running statistics that came, before it keeps them. */
public final class SentStatistics {
  private SentStatistics() {}

  /** Finds the layers of a network that they are of, and compares the weights beside them. */
  public static void match(Network network, StatisticsDocument given) {
    LayerMatch match = LayerMatch.of(network.batchNormalizations(), given);
    StatisticsDocument document = match.rename(given);
    match.warnings();
    OtherWeights.warnings("the model", network, document.weights());
  }
}
