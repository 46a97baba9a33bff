package io.norma.network;

import java.util.Arrays;

/** Which running statistics each row of a batch is normalized with. */
public final class RowStatistics {
  private final BoundStatistics[] rows;

  private RowStatistics(BoundStatistics[] rows) {
    this.rows = rows;
  }

  /** The same statistics for every row. */
  public static RowStatistics uniform(BoundStatistics statistics) {
    return new RowStatistics(new BoundStatistics[] {statistics});
  }

  /** One entry per row of the batch. */
  public static RowStatistics perRow(BoundStatistics... rows) {
    return new RowStatistics(rows.clone());
  }

  /** Whether all rows use the same. */
  public boolean isUniform() {
    return rows.length == 1;
  }

  /** Whether both are the same statistics for every row. */
  public boolean isSame(RowStatistics other) {
    return isUniform() && other.isUniform() && rows[0] == other.rows[0];
  }

  /** Those of the rows of a batch from one position to before another. */
  public RowStatistics slice(int from, int to) {
    return isUniform() ? this : new RowStatistics(Arrays.copyOfRange(rows, from, to));
  }

  /**
   * The statistics of a row.
   *
   * @param row position along the first axis of a value inside the network
   * @param rowCount extent of that axis; where the network turned each row of the batch into
   *     several, they are taken to stand together
   */
  public BoundStatistics of(int row, int rowCount) {
    return rows[rows.length == 1 ? 0 : (int) ((long) row * rows.length / rowCount)];
  }
}
