package io.norma.runningstatistics;

import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.certificate.Probing;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pass over unlabelled batches that is to yield a revision.
 *
 * @param network that the batches run through
 * @param set which set the revision goes to
 * @param base what it begins from: its γ and β are kept, and what comes of it is held against it
 * @param minimumSamples rows that are needed before it can be published
 * @param batches how many came so far, those included that were merged
 * @param samples rows of all batches
 * @param probing how the network answers rows by the estimate so far
 * @param publishedRevision what became of it; absent while it goes on
 */
public record Calibration(
    String id,
    NetworkIdentity network,
    String set,
    RevisionName base,
    Estimator estimator,
    VarianceConvention varianceConvention,
    long minimumSamples,
    Instant createdAt,
    String createdBy,
    long batches,
    long samples,
    Probing probing,
    @Nullable Integer publishedRevision) {
  /** One without batches. */
  public static Calibration begun(
      String id,
      NetworkIdentity network,
      String set,
      RevisionName base,
      Estimator estimator,
      VarianceConvention varianceConvention,
      long minimumSamples,
      Instant at,
      String by) {
    return new Calibration(
        id,
        network,
        RevisionName.requireSet(set),
        base,
        estimator,
        varianceConvention,
        minimumSamples,
        at.truncatedTo(ChronoUnit.MICROS),
        by,
        0,
        0,
        Probing.NONE,
        null);
  }

  /** This with more batches, and with what is known of answers now. */
  public Calibration with(long moreBatches, long moreSamples, Probing probed) {
    return new Calibration(
        id,
        network,
        set,
        base,
        estimator,
        varianceConvention,
        minimumSamples,
        createdAt,
        createdBy,
        batches + moreBatches,
        samples + moreSamples,
        probed,
        publishedRevision);
  }

  /**
   * One of its layers.
   *
   * @param layers all of them, in the network's order
   * @throws ServingException.Conflict if another one, or none, is at that position
   */
  CalibrationLayer requireLayer(String name, List<CalibrationLayer> layers, int position) {
    CalibrationLayer layer = position < layers.size() ? layers.get(position) : null;
    if (layer == null || !layer.layer().equals(name)) {
      throw new ServingException.Conflict(
          "calibration '%s' was begun when the network had no batch normalization '%s': begin another one"
              .formatted(id, name));
    }
    return layer;
  }
}
