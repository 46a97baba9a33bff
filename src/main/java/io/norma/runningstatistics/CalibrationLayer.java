package io.norma.runningstatistics;

import io.norma.kernel.statistics.LayerDistance;
import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.SplitHalves;
import io.norma.kernel.statistics.StatisticsEstimate;

/**
 * What the batches of a calibration come to for one layer.
 *
 * @param halves moments of every other row; of rows that came as moments nothing
 * @param movement how far the last batch, or what was merged last, moved the estimate: symmetric
 *     Kullback-Leibler divergence between the estimates before and after it, mean over the
 *     channels, in nats
 */
public record CalibrationLayer(
    String layer,
    StatisticsEstimate estimate,
    RunVariation variation,
    SplitHalves halves,
    double movement) {
  /**
   * This with more of the layer's input.
   *
   * @param next the estimate with it
   * @param added how its rows vary
   * @param more moments of every other row of it
   * @param epsilon the layer's
   */
  CalibrationLayer with(
      StatisticsEstimate next, RunVariation added, SplitHalves more, double epsilon) {
    double moved =
        LayerDistance.between(estimate.statistics(), next.statistics(), epsilon)
            .symmetricKullbackLeibler();
    return new CalibrationLayer(layer, next, variation.merge(added), halves.merge(more), moved);
  }
}
