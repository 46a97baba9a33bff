package io.norma.runningstatistics.recalibration;

import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.CalibrationLayer;
import io.norma.runningstatistics.CalibrationStore;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.certificate.Probing;
import io.norma.serving.NetworkIdentity;
import io.norma.store.KeyedChange;
import io.norma.store.StoreConflictException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One calibration that is kept in memory until it is published, and then stored with its revision
 * in one transaction: whatever goes wrong before leaves nothing behind. For one thread.
 */
final class CalibrationInMemory implements CalibrationStore {
  private final CalibrationStore durable;
  private final Clock clock;
  private final String id;
  private final @Nullable KeyedChange key;
  private @Nullable Calibration calibration;
  private List<CalibrationLayer> layers = List.of();
  private boolean repeated;

  /**
   * None yet.
   *
   * @param durable where it is published
   * @param id that it gets
   * @param key under which it is published once only; {@code null} for none
   */
  CalibrationInMemory(CalibrationStore durable, Clock clock, String id, @Nullable KeyedChange key) {
    this.durable = durable;
    this.clock = clock;
    this.id = id;
    this.key = key;
  }

  /** After it was published: whether it had been before, under the same key. */
  boolean isRepeated() {
    return repeated;
  }

  @Override
  public Calibration create(
      NetworkIdentity network,
      String set,
      RevisionName base,
      Estimator estimator,
      VarianceConvention varianceConvention,
      long minimumSamples,
      String createdBy) {
    Calibration begun =
        Calibration.begun(
            id,
            network,
            set,
            base,
            estimator,
            varianceConvention,
            minimumSamples,
            clock.instant(),
            createdBy);
    calibration = begun;
    return begun;
  }

  @Override
  public Optional<Calibration> find(String wanted) {
    return Optional.ofNullable(calibration).filter(own -> own.id().equals(wanted));
  }

  private Calibration require(String wanted) {
    return find(wanted)
        .orElseThrow(() ->
            new StoreConflictException(
                StoreConflictException.Reason.MISSING, "there is no calibration '" + wanted + "'"));
  }

  @Override
  public List<Calibration> list(NetworkIdentity network, @Nullable Position before, int limit) {
    return find(id).filter(own -> own.network().equals(network)).stream().limit(limit).toList();
  }

  @Override
  public List<CalibrationLayer> layers(Calibration own) {
    return layers;
  }

  @Override
  public Snapshot snapshot(String wanted) {
    return new Snapshot(require(wanted), layers);
  }

  @Override
  public Merge merge(
      String wanted,
      long samples,
      @Nullable KeyedChange batch,
      UnaryOperator<List<CalibrationLayer>> merge) {
    return mergeMoments(wanted, 1, samples, batch, merge);
  }

  /** Keys of batches are not kept: there is only one call. */
  @Override
  public Merge mergeMoments(
      String wanted,
      long batches,
      long samples,
      @Nullable KeyedChange batch,
      UnaryOperator<List<CalibrationLayer>> merge) {
    Calibration before = require(wanted);
    layers = merge.apply(layers);
    Calibration after = before.with(batches, samples, before.probing());
    calibration = after;
    return new Merge(after, layers, false);
  }

  @Override
  public void probed(String wanted, UnaryOperator<Probing> change) {
    Calibration before = require(wanted);
    calibration = before.with(0, 0, change.apply(before.probing()));
  }

  @Override
  public boolean isKnown(String wanted, KeyedChange batch) {
    return false;
  }

  @Override
  public Publication publish(String wanted, Function<List<CalibrationLayer>, Integer> publish) {
    Merge published = durable.publishAtOnce(require(wanted), layers, key, publish);
    repeated = published.repeated();
    return new Publication(published.calibration(), published.layers());
  }

  @Override
  public Merge publishAtOnce(
      Calibration own,
      List<CalibrationLayer> its,
      @Nullable KeyedChange change,
      Function<List<CalibrationLayer>, Integer> publish) {
    return durable.publishAtOnce(own, its, change, publish);
  }

  @Override
  public boolean delete(String wanted) {
    boolean there = find(wanted).isPresent();
    calibration = there ? null : calibration;
    return there;
  }
}
