package io.norma.runningstatistics.store;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.MeanOfBatchesEstimate;
import io.norma.kernel.statistics.PooledEstimate;
import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.StatisticsEstimate;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.CalibrationLayer;
import io.norma.serving.NetworkIdentity;
import io.norma.store.StatisticsBytes;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** Calibrations and their layers as rows of the database. */
final class CalibrationRows {
  /** What {@link #calibration} reads. */
  static final String COLUMNS =
      "c.id, n.model, n.version, n.sha256, c.set_name, c.estimator, c.variance_convention,"
          + " c.minimum_samples, c.created_at, c.created_by, c.batches, c.samples,"
          + " c.published_revision from calibrations c join networks n on n.id = c.network_id";

  private CalibrationRows() {}

  /** A layer as its columns stand in the statements, and behind them what names the row. */
  static Object[] of(CalibrationLayer layer, Object... keys) {
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

  static CalibrationLayer layer(ResultSet row, Calibration calibration) throws SQLException {
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

  static Calibration calibration(ResultSet row) throws SQLException {
    int publishedRevision = row.getInt("published_revision");
    boolean open = row.wasNull();
    return new Calibration(
        row.getString("id"),
        new NetworkIdentity(
            row.getString("model"), row.getLong("version"), row.getString("sha256")),
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
