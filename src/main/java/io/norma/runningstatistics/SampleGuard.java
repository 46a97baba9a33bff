package io.norma.runningstatistics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Whether the batches of a calibration look like a biased sample: rows that came one after the
 * other more alike than chance has it, as in a stream sorted by class or by source. It decides by
 * {@link io.norma.kernel.statistics.RunVariation#medianRatio} and warns from {@value
 * #SUSPICIOUS_RATIO} on in any layer; rows in random order stay near 1.
 */
final class SampleGuard {
  static final double SUSPICIOUS_RATIO = 2;

  private SampleGuard() {}

  static List<String> warnings(List<CalibrationLayer> layers) {
    List<String> warnings = new ArrayList<>();
    layers.stream()
        .filter(layer -> layer.variation().medianRatio() >= SUSPICIOUS_RATIO)
        .max(Comparator.comparingDouble(layer -> layer.variation().medianRatio()))
        .ifPresent(layer ->
            warnings.add(
                "the samples may be biased: in layer '%s' runs of neighbouring rows differ %.1f"
                        .formatted(layer.layer(), layer.variation().medianRatio())
                    + " times as much as rows within a run do (1 is expected of rows in random"
                    + " order, from "
                    + SUSPICIOUS_RATIO
                    + " on it is suspicious); mix classes and sources, and shuffle"));
    return warnings;
  }
}
