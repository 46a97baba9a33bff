package io.norma.runningstatistics.certificate;

import io.norma.kernel.statistics.RunVariation;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Whether the batches of a calibration look like a biased sample: rows that came one after the
 * other more alike than chance has it, as in a stream sorted by class or by source. It decides by
 * {@link io.norma.kernel.statistics.RunVariation#medianRatio} and warns from {@value
 * #SUSPICIOUS_RATIO} on in any layer; rows in random order stay near 1.
 */
public final class SampleGuard {
  static final double SUSPICIOUS_RATIO = 2;

  private SampleGuard() {}

  /**
   * Why rows look biased, in words; nothing if they don't.
   *
   * @param layers how rows vary before each
   */
  public static List<String> warnings(Map<String, RunVariation> layers) {
    return layers.entrySet().stream()
        .filter(layer -> layer.getValue().medianRatio() >= SUSPICIOUS_RATIO)
        .max(Comparator.comparingDouble(layer -> layer.getValue().medianRatio()))
        .map(layer ->
            "the samples may be biased: in layer '%s' runs of neighbouring rows differ %.1f"
                    .formatted(layer.getKey(), layer.getValue().medianRatio())
                + " times as much as rows within a run do (1 is expected of rows in random"
                + " order, from "
                + SUSPICIOUS_RATIO
                + " on it is suspicious); mix classes and sources, and shuffle")
        .stream()
        .toList();
  }
}
