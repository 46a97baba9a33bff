package io.norma.runningstatistics.store;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.MeanOfBatchesEstimate;
import io.norma.kernel.statistics.PooledEstimate;
import io.norma.kernel.statistics.Remainder;
import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.SplitHalves;
import io.norma.kernel.statistics.StatisticsEstimate;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.CalibrationLayer;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.certificate.Probing;
import io.norma.serving.NetworkIdentity;
import io.norma.store.StatisticsBytes;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Calibrations and their layers as rows of the database. */
final class CalibrationRows {
  /** What {@link #calibration} reads. */
  static final String COLUMNS =
      "c.id, n.model, n.version, n.sha256, c.set_name, c.estimator, c.variance_convention, c.base,"
          + " c.minimum_samples, c.created_at, c.created_by, c.batches, c.samples,"
          + " c.probing, c.published_revision";

  /** Where {@link #COLUMNS} are read from. */
  static final String FROM = " from calibrations c join networks n on n.id = c.network_id";

  /** What {@link #layer} reads. */
  static final String LAYER_COLUMNS =
      "layer, weight, mean, mean_remainder, spread, spread_remainder, runs, row_count, row_mean,"
          + " row_deviations, row_deviations_within_runs, halves, movement";

  private CalibrationRows() {}

  /** A layer as its columns stand in the statements, and behind them what names the row. */
  static Object[] of(CalibrationLayer layer, Object... keys) {
    RunVariation variation = layer.variation();
    List<Object> row = new ArrayList<>();
    switch (layer.estimate()) {
      case PooledEstimate pooled -> {
        row.add(pooled.moments().count());
        row.add(StatisticsBytes.of(pooled.moments().mean()));
        row.add(StatisticsBytes.of(pooled.meanRemainder().flat()));
        row.add(StatisticsBytes.of(pooled.moments().sumOfSquaredDeviations()));
        row.add(StatisticsBytes.of(pooled.deviationsRemainder().flat()));
      }
      case MeanOfBatchesEstimate mean -> {
        row.add(mean.batches());
        row.add(StatisticsBytes.of(mean.mean()));
        row.add(StatisticsBytes.of(mean.meanRemainder().flat()));
        row.add(StatisticsBytes.of(mean.variance()));
        row.add(StatisticsBytes.of(mean.varianceRemainder().flat()));
      }
    }
    row.add(variation.runs());
    row.add(variation.rows().count());
    row.add(StatisticsBytes.of(variation.rows().mean()));
    row.add(StatisticsBytes.of(variation.rows().sumOfSquaredDeviations()));
    row.add(StatisticsBytes.of(variation.withinRuns()));
    row.add(StatisticsBytes.of(flat(layer.halves())));
    row.add(layer.movement());
    row.addAll(List.of(keys));
    return row.toArray();
  }

  static CalibrationLayer layer(ResultSet row, Calibration calibration) throws SQLException {
    long weight = row.getLong("weight");
    double[] mean = doubles(row, "mean");
    double[] spread = doubles(row, "spread");
    Remainder meanRemainder = remainder(row, "mean_remainder", mean.length);
    Remainder spreadRemainder = remainder(row, "spread_remainder", mean.length);
    StatisticsEstimate estimate =
        switch (calibration.estimator()) {
          case POOLED ->
              new PooledEstimate(
                  new ChannelMoments(weight, mean, spread),
                  meanRemainder,
                  spreadRemainder,
                  calibration.varianceConvention());
          case MEAN_OF_BATCHES ->
              new MeanOfBatchesEstimate(
                  weight,
                  mean,
                  spread,
                  meanRemainder,
                  spreadRemainder,
                  calibration.varianceConvention());
        };
    return new CalibrationLayer(
        row.getString("layer"),
        estimate,
        new RunVariation(
            row.getLong("runs"),
            new ChannelMoments(
                row.getLong("row_count"), doubles(row, "row_mean"), doubles(row, "row_deviations")),
            doubles(row, "row_deviations_within_runs")),
        halves(row.getBytes("halves"), mean.length),
        row.getDouble("movement"));
  }

  /** Rows from before there were remainders have none. */
  private static Remainder remainder(ResultSet row, String column, int channels)
      throws SQLException {
    byte[] bytes = row.getBytes(column);
    return bytes == null
        ? Remainder.NONE
        : Remainder.ofFlat(StatisticsBytes.toDoubles(bytes), channels);
  }

  private static double[] flat(SplitHalves halves) {
    int channels = halves.first().channels();
    double[] flat = new double[2 * (1 + 2 * channels)];
    int at = 0;
    for (ChannelMoments half : List.of(halves.first(), halves.second())) {
      flat[at] = half.count();
      System.arraycopy(half.mean(), 0, flat, at + 1, channels);
      System.arraycopy(half.sumOfSquaredDeviations(), 0, flat, at + 1 + channels, channels);
      at += 1 + 2 * channels;
    }
    return flat;
  }

  /** Rows from before there were halves have none. */
  private static SplitHalves halves(byte @Nullable [] bytes, int channels) {
    if (bytes == null) {
      return SplitHalves.empty(channels);
    }
    double[] flat = StatisticsBytes.toDoubles(bytes);
    return new SplitHalves(half(flat, 0, channels), half(flat, flat.length / 2, channels));
  }

  private static ChannelMoments half(double[] flat, int at, int channels) {
    return new ChannelMoments(
        (long) flat[at],
        Arrays.copyOfRange(flat, at + 1, at + 1 + channels),
        Arrays.copyOfRange(flat, at + 1 + channels, at + 1 + 2 * channels));
  }

  private static double[] doubles(ResultSet row, String column) throws SQLException {
    return StatisticsBytes.toDoubles(row.getBytes(column));
  }

  static Calibration calibration(ResultSet row) throws SQLException {
    int publishedRevision = row.getInt("published_revision");
    boolean open = row.wasNull();
    String base = row.getString("base");
    Probing probing = StoredJson.read(row.getString("probing"), Probing.class);
    return new Calibration(
        row.getString("id"),
        new NetworkIdentity(
            row.getString("model"), row.getLong("version"), row.getString("sha256")),
        row.getString("set_name"),
        base == null ? RevisionName.IMPORTED : RevisionName.parse(base),
        Estimator.valueOf(row.getString("estimator")),
        VarianceConvention.valueOf(row.getString("variance_convention")),
        row.getLong("minimum_samples"),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        row.getString("created_by"),
        row.getLong("batches"),
        row.getLong("samples"),
        probing == null ? Probing.NONE : probing,
        open ? null : publishedRevision);
  }
}
