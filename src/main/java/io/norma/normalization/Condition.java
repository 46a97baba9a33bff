package io.norma.normalization;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Conditional batch normalization: γ and β of a row come from tables, by the row's label.
 *
 * @param labels one per row
 * @param gammaTable (K, C)
 * @param betaTable (K, C)
 */
public record Condition(int[] labels, @Nullable Tensor gammaTable, @Nullable Tensor betaTable) {
  void check(int rows, int channels) {
    if (labels.length != rows) {
      throw Checks.invalid(
          "condition",
          "needs a label for each of the %d rows, has %d".formatted(rows, labels.length));
    }
    if (gammaTable == null && betaTable == null) {
      throw Checks.invalid("condition", "needs 'gamma_table', 'beta_table' or both");
    }
    checkTable("gamma_table", gammaTable, channels);
    checkTable("beta_table", betaTable, channels);
  }

  private void checkTable(String field, @Nullable Tensor table, int channels) {
    if (table == null) {
      return;
    }
    if (table.shape().rank() != 2 || table.shape().dimension(1) != channels) {
      throw Checks.invalid(
          field, "expected shape [labels,%d], got %s".formatted(channels, table.shape()));
    }
    for (int label : labels) {
      if (label < 0 || label >= table.shape().dimension(0)) {
        throw Checks.invalid(
            "condition",
            "label %d is out of range for the %d rows of '%s'"
                .formatted(label, table.shape().dimension(0), field));
      }
    }
  }

  @Nullable Tensor gamma(int channels) {
    return select(gammaTable, channels);
  }

  @Nullable Tensor beta(int channels) {
    return select(betaTable, channels);
  }

  private @Nullable Tensor select(@Nullable Tensor table, int channels) {
    if (table == null) {
      return null;
    }
    Tensor rows = Tensor.zeros(DataType.FP64, Shape.of(labels.length, channels));
    for (int i = 0; i < rows.size(); i++) {
      rows.setDouble(i, table.getDouble(labels[i / channels] * channels + i % channels));
    }
    return rows;
  }

  /** The gradient of a table from that of each row's own values. */
  Tensor scatter(Tensor table, Tensor rowGradients) {
    int channels = table.shape().dimension(1);
    Tensor gradient = Tensor.zeros(rowGradients.dataType(), table.shape());
    for (int i = 0; i < rowGradients.size(); i++) {
      int to = labels[i / channels] * channels + i % channels;
      gradient.setDouble(to, gradient.getDouble(to) + rowGradients.getDouble(i));
    }
    return gradient;
  }
}
