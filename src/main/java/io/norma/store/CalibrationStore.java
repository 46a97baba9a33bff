package io.norma.store;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.MeanOfBatchesEstimate;
import io.norma.kernel.statistics.PooledEstimate;
import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.StatisticsEstimate;
import io.norma.kernel.statistics.VarianceConvention;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Calibrations and what their batches come to. Batches may come to any replica: each is merged
 * under a lock on the calibration's row, and is part of it for good when the call returns.
 */
public final class CalibrationStore {
  private static final String COLUMNS =
      "id, model, version, set_name, estimator, variance_convention, minimum_samples, created_at,"
          + " created_by, batches, samples, published_revision";

  private final Transactions transactions;
  private final JdbcClient client;
  private final StatisticsLock lock;
  private final CalibrationLimits limits;

  CalibrationStore(Transactions transactions, CalibrationLimits limits) {
    this.transactions = transactions;
    this.limits = limits;
    client = transactions.client();
    lock = new StatisticsLock(transactions);
  }

  /**
   * Begins one without batches.
   *
   * @throws StoreConflictException if as many of the model version are open as the limits allow
   */
  public Calibration create(
      ModelVersion model,
      String set,
      Estimator estimator,
      VarianceConvention varianceConvention,
      long minimumSamples,
      String createdBy) {
    Calibration calibration =
        new Calibration(
            UUID.randomUUID().toString(),
            model,
            RevisionName.requireSet(set),
            estimator,
            varianceConvention,
            minimumSamples,
            Instant.now().truncatedTo(ChronoUnit.MICROS),
            createdBy,
            0,
            0,
            null);
    lock.prepare(model);
    transactions.write(() -> {
      // Without the lock, two that begin at once would both see room for one more.
      lock.acquire(model);
      deleteForgotten();
      requireRoom(model);
      return client
          .sql(
              """
              insert into calibrations
                (id, model, version, set_name, estimator, variance_convention,
                 minimum_samples, created_at, created_by, batches, samples, touched_at)
              values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)
              """)
          .params(
              calibration.id(),
              model.model(),
              model.version(),
              set,
              estimator.name(),
              varianceConvention.name(),
              minimumSamples,
              time(calibration.createdAt()),
              createdBy,
              time(calibration.createdAt()))
          .update();
    });
    return calibration;
  }

  private void deleteForgotten() {
    client
        .sql("delete from calibrations where touched_at < ?")
        .param(time(Instant.now().minus(limits.expireAfter())))
        .update();
  }

  private void requireRoom(ModelVersion model) {
    long open =
        client
            .sql(
                """
                select count(*) from calibrations
                where model = ? and version = ? and published_revision is null
                """)
            .params(model.model(), model.version())
            .query(Long.class)
            .single();
    if (open >= limits.maxOpen()) {
      throw new StoreConflictException(
          StoreConflictException.Reason.TOO_MANY,
          "model '%s' version %d has %d open calibrations, as many as norma.calibration.max-open"
                  .formatted(model.model(), model.version(), open)
              + " allows: publish or delete one, or wait until one that nobody goes on with"
              + " expires");
    }
  }

  private static OffsetDateTime time(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  public Optional<Calibration> find(String id) {
    return find(id, "");
  }

  private Optional<Calibration> find(String id, String locking) {
    return client
        .sql("select " + COLUMNS + " from calibrations where id = ?" + locking)
        .param(id)
        .query((row, _) -> calibration(row))
        .optional();
  }

  /** The latest calibrations of a model version. */
  public List<Calibration> list(ModelVersion model, int limit) {
    return client
        .sql(
            "select "
                + COLUMNS
                + """
                 from calibrations where model = ? and version = ?
                order by created_at desc, id fetch first ? rows only
                """)
        .params(model.model(), model.version(), limit)
        .query((row, _) -> calibration(row))
        .list();
  }

  /** What the batches so far come to, in the network's order; empty before the first batch. */
  public List<CalibrationLayer> layers(Calibration calibration) {
    return client
        .sql(
            """
            select layer, weight, mean, spread, runs, row_count, row_mean, row_deviations,
              row_deviations_within_runs, movement
            from calibration_layers where calibration_id = ? order by position
            """)
        .param(calibration.id())
        .query((row, _) -> layer(row, calibration))
        .list();
  }

  /**
   * Merges one batch.
   *
   * @param samples rows of the batch
   * @param merge makes of the layers so far (empty before the first batch) those with the batch
   * @throws StoreConflictException if the calibration is published or not there
   */
  public Calibration merge(String id, long samples, UnaryOperator<List<CalibrationLayer>> merge) {
    return transactions.write(() -> {
      Calibration calibration = lockOpen(id);
      List<CalibrationLayer> before = layers(calibration);
      List<CalibrationLayer> after = merge.apply(before);
      if (before.isEmpty()) {
        insert(id, after);
      } else {
        update(id, after);
      }
      client
          .sql(
              """
              update calibrations
              set batches = batches + 1, samples = samples + ?, touched_at = ?
              where id = ?
              """)
          .params(samples, time(Instant.now()), id)
          .update();
      return find(id).orElseThrow();
    });
  }

  /**
   * Ends a calibration: what {@code publish} adds to the database and that it is published are
   * committed together.
   *
   * @param publish called with the layers, gives the number of the revision that it added
   * @throws StoreConflictException if the calibration is published already or not there
   */
  public Calibration publish(String id, Function<List<CalibrationLayer>, Integer> publish) {
    find(id).ifPresent(calibration -> lock.prepare(calibration.model()));
    return transactions.write(() -> {
      Calibration calibration = lockOpen(id);
      int revision = publish.apply(layers(calibration));
      client
          .sql("update calibrations set published_revision = ?, touched_at = ? where id = ?")
          .params(revision, time(Instant.now()), id)
          .update();
      return find(id).orElseThrow();
    });
  }

  private Calibration lockOpen(String id) {
    Calibration calibration =
        find(id, " for update")
            .orElseThrow(() ->
                new StoreConflictException(
                    StoreConflictException.Reason.MISSING, "there is no calibration '" + id + "'"));
    if (calibration.publishedRevision() != null) {
      throw new StoreConflictException(
          StoreConflictException.Reason.FINISHED,
          "calibration '%s' is published as %s@%d: begin another one"
              .formatted(id, calibration.set(), calibration.publishedRevision()));
    }
    return calibration;
  }

  /** Deletes a calibration; says whether it was there. */
  public boolean delete(String id) {
    return transactions.write(
        () -> client.sql("delete from calibrations where id = ?").param(id).update() > 0);
  }

  private void insert(String id, List<CalibrationLayer> layers) {
    List<Object[]> rows = new ArrayList<>();
    for (CalibrationLayer layer : layers) {
      rows.add(row(layer, id, rows.size(), layer.layer()));
    }
    transactions
        .statements()
        .batchUpdate(
            """
            insert into calibration_layers
              (weight, mean, spread, runs, row_count, row_mean, row_deviations,
               row_deviations_within_runs, movement, calibration_id, position, layer)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            rows);
  }

  private void update(String id, List<CalibrationLayer> layers) {
    List<Object[]> rows = new ArrayList<>();
    for (CalibrationLayer layer : layers) {
      rows.add(row(layer, id, rows.size()));
    }
    transactions
        .statements()
        .batchUpdate(
            """
            update calibration_layers
            set weight = ?, mean = ?, spread = ?, runs = ?, row_count = ?, row_mean = ?,
              row_deviations = ?, row_deviations_within_runs = ?, movement = ?
            where calibration_id = ? and position = ?
            """,
            rows);
  }

  private static Object[] row(CalibrationLayer layer, Object... keys) {
    RunVariation variation = layer.variation();
    List<Object> row = new ArrayList<>();
    switch (layer.estimate()) {
      case PooledEstimate pooled -> {
        row.add(pooled.moments().count());
        row.add(StatisticsBytes.of(pooled.moments().mean()));
        row.add(StatisticsBytes.of(pooled.moments().sumOfSquaredDeviations()));
      }
      case MeanOfBatchesEstimate mean -> {
        row.add(mean.batches());
        row.add(StatisticsBytes.of(mean.mean()));
        row.add(StatisticsBytes.of(mean.variance()));
      }
    }
    row.add(variation.runs());
    row.add(variation.rows().count());
    row.add(StatisticsBytes.of(variation.rows().mean()));
    row.add(StatisticsBytes.of(variation.rows().sumOfSquaredDeviations()));
    row.add(StatisticsBytes.of(variation.withinRuns()));
    row.add(layer.movement());
    row.addAll(List.of(keys));
    return row.toArray();
  }

  private static CalibrationLayer layer(ResultSet row, Calibration calibration)
      throws SQLException {
    long weight = row.getLong("weight");
    double[] mean = doubles(row, "mean");
    double[] spread = doubles(row, "spread");
    StatisticsEstimate estimate =
        switch (calibration.estimator()) {
          case POOLED ->
              new PooledEstimate(
                  new ChannelMoments(weight, mean, spread), calibration.varianceConvention());
          case MEAN_OF_BATCHES ->
              new MeanOfBatchesEstimate(weight, mean, spread, calibration.varianceConvention());
        };
    return new CalibrationLayer(
        row.getString("layer"),
        estimate,
        new RunVariation(
            row.getLong("runs"),
            new ChannelMoments(
                row.getLong("row_count"), doubles(row, "row_mean"), doubles(row, "row_deviations")),
            doubles(row, "row_deviations_within_runs")),
        row.getDouble("movement"));
  }

  private static double[] doubles(ResultSet row, String column) throws SQLException {
    return StatisticsBytes.toDoubles(row.getBytes(column));
  }

  private static Calibration calibration(ResultSet row) throws SQLException {
    int publishedRevision = row.getInt("published_revision");
    boolean open = row.wasNull();
    return new Calibration(
        row.getString("id"),
        new ModelVersion(row.getString("model"), row.getLong("version")),
        row.getString("set_name"),
        Estimator.valueOf(row.getString("estimator")),
        VarianceConvention.valueOf(row.getString("variance_convention")),
        row.getLong("minimum_samples"),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        row.getString("created_by"),
        row.getLong("batches"),
        row.getLong("samples"),
        open ? null : publishedRevision);
  }
}
