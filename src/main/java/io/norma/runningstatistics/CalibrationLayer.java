package io.norma.runningstatistics;

import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.StatisticsEstimate;

/**
 * What the batches of a calibration come to for one layer.
 *
 * @param movement how far the last batch moved the estimate: symmetric Kullback-Leibler divergence
 *     between the estimates before and after it, mean over the channels, in nats
 */
public record CalibrationLayer(
    String layer, StatisticsEstimate estimate, RunVariation variation, double movement) {}
