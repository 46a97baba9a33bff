package io.norma.runningstatistics;

import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.certificate.Probing;
import io.norma.serving.NetworkIdentity;
import io.norma.store.KeyedChange;
import io.norma.store.StoreConflictException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Calibrations and what their batches come to. Batches may come to any replica: each is merged
 * under a lock on the calibration's row, and is part of it for good when the call returns.
 */
public interface CalibrationStore {
  /** Where a calibration stands in the list of them. */
  record Position(Instant createdAt, String id) {
    /** Before all others. */
    public static final Position FIRST = new Position(Instant.parse("9999-01-01T00:00:00Z"), "");
  }

  /**
   * A calibration and its layers, both as they are at one moment.
   *
   * @param layers in the network's order; empty before the first batch
   */
  record Snapshot(Calibration calibration, List<CalibrationLayer> layers) {}

  /**
   * A batch, or moments of several, that are part of a calibration for good.
   *
   * @param layers what the batches come to with it
   * @param repeated whether it had been merged before, under the same key
   */
  record Merge(Calibration calibration, List<CalibrationLayer> layers, boolean repeated) {}

  /**
   * A calibration that has become a revision.
   *
   * @param layers what its batches came to
   */
  record Publication(Calibration calibration, List<CalibrationLayer> layers) {}

  /**
   * Begins one without batches.
   *
   * @throws StoreConflictException if as many of the model version are open as the limits allow
   */
  Calibration create(
      NetworkIdentity network,
      String set,
      RevisionName base,
      Estimator estimator,
      VarianceConvention varianceConvention,
      long minimumSamples,
      String createdBy);

  Optional<Calibration> find(String id);

  /**
   * Calibrations of a network, the latest first.
   *
   * @param before only those that come after this one in the list; {@code null} to begin with the
   *     latest
   */
  List<Calibration> list(NetworkIdentity network, @Nullable Position before, int limit);

  /** What the batches so far come to, in the network's order; empty before the first batch. */
  List<CalibrationLayer> layers(Calibration calibration);

  /**
   * A calibration with what its batches come to.
   *
   * @throws StoreConflictException if it is not there
   */
  Snapshot snapshot(String id);

  /**
   * Merges one batch.
   *
   * @param samples rows of the batch
   * @param key under which the batch counts once only; {@code null} to count it in any case
   * @param merge makes of the layers so far (empty before the first batch) those with the batch
   * @throws StoreConflictException if the calibration is published or not there, or the key came
   *     with another batch before
   */
  Merge merge(
      String id,
      long samples,
      @Nullable KeyedChange key,
      UnaryOperator<List<CalibrationLayer>> merge);

  /**
   * Merges moments of batches that came elsewhere.
   *
   * @param batches how many these were
   * @param samples rows of all of them
   * @param key as a batch may have one
   * @param merge as for a batch
   * @throws StoreConflictException as for a batch
   */
  Merge mergeMoments(
      String id,
      long batches,
      long samples,
      @Nullable KeyedChange key,
      UnaryOperator<List<CalibrationLayer>> merge);

  /**
   * Notes how the network answers rows by the estimate; nothing where the calibration has ended.
   *
   * @param change of what was known before
   */
  void probed(String id, UnaryOperator<Probing> change);

  /**
   * Whether a batch came before.
   *
   * @throws StoreConflictException if the key came with another batch
   */
  boolean isKnown(String id, KeyedChange key);

  /**
   * Ends a calibration: what {@code publish} adds to the database and that it is published are
   * committed together.
   *
   * @param publish called with the layers, gives the number of the revision that it added
   * @throws StoreConflictException if the calibration is published already or not there
   */
  Publication publish(String id, Function<List<CalibrationLayer>, Integer> publish);

  /**
   * Stores a calibration that is at its end, and publishes it, in one transaction. It takes no room
   * from those that are open.
   *
   * @param layers what its batches came to
   * @param key under which its id is published once only; {@code null} where nobody else has the id
   * @param publish as for one that was stored before
   * @throws StoreConflictException if the key came with another calibration of that id before
   */
  Merge publishAtOnce(
      Calibration calibration,
      List<CalibrationLayer> layers,
      @Nullable KeyedChange key,
      Function<List<CalibrationLayer>, Integer> publish);

  /** Deletes a calibration; says whether it was there. */
  boolean delete(String id);
}
