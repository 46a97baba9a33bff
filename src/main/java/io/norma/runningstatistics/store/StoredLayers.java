package io.norma.runningstatistics.store;

import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.CalibrationLayer;
import io.norma.store.Transactions;
import java.util.ArrayList;
import java.util.List;

/** What the batches of calibrations come to, layer by layer, in the database. */
final class StoredLayers {
  private final Transactions transactions;

  StoredLayers(Transactions transactions) {
    this.transactions = transactions;
  }

  /** In the network's order. */
  List<CalibrationLayer> of(Calibration calibration) {
    return transactions
        .client()
        .sql(
            "select "
                + CalibrationRows.LAYER_COLUMNS
                + " from calibration_layers where calibration_id = ? order by position")
        .param(calibration.id())
        .query((row, _) -> CalibrationRows.layer(row, calibration))
        .list();
  }

  void insert(String id, List<CalibrationLayer> layers) {
    List<Object[]> rows = new ArrayList<>();
    for (CalibrationLayer layer : layers) {
      rows.add(CalibrationRows.of(layer, id, rows.size(), layer.layer()));
    }
    transactions
        .statements()
        .batchUpdate(
            """
            insert into calibration_layers
              (weight, mean, mean_remainder, spread, spread_remainder, runs, row_count, row_mean,
               row_deviations, row_deviations_within_runs, halves, movement, calibration_id,
               position, layer)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            rows);
  }

  void update(String id, List<CalibrationLayer> layers) {
    List<Object[]> rows = new ArrayList<>();
    for (CalibrationLayer layer : layers) {
      rows.add(CalibrationRows.of(layer, id, rows.size()));
    }
    transactions
        .statements()
        .batchUpdate(
            """
            update calibration_layers
            set weight = ?, mean = ?, mean_remainder = ?, spread = ?, spread_remainder = ?,
              runs = ?, row_count = ?, row_mean = ?, row_deviations = ?,
              row_deviations_within_runs = ?, halves = ?, movement = ?
            where calibration_id = ? and position = ?
            """,
            rows);
  }
}
