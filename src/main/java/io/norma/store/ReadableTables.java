package io.norma.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether every table and index of an H2 file can be read to its end, and both have as many rows.
 * The bytes of models are left to {@link StoredContent}, which reads them with their checksums.
 */
final class ReadableTables {
  private final Connection connection;

  ReadableTables(Connection connection) {
    this.connection = connection;
  }

  /**
   * Reads them.
   *
   * @throws DamagedDatabaseException if an index has more or fewer rows than its table
   * @throws SQLException if something cannot be read
   */
  void require() throws SQLException {
    Map<String, List<String>> indexes = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                select table_name, index_name, column_name
                from information_schema.index_columns
                where table_schema = 'PUBLIC' order by 1, 2, ordinal_position
                """)) {
      while (rows.next()) {
        indexes
            .computeIfAbsent(
                quoted(rows.getString(1)) + " use index (" + quoted(rows.getString(2)) + ")",
                _ -> new ArrayList<>())
            .add(quoted(rows.getString(3)));
      }
    }
    for (String table : tables()) {
      String columns = table.equals("UPLOADED_MODEL_CHUNKS") ? "model, version, position" : "*";
      long rows = read("select " + columns + " from " + quoted(table));
      for (Map.Entry<String, List<String>> index : indexes.entrySet()) {
        if (index.getKey().startsWith(quoted(table) + " ")) {
          String names = String.join(", ", index.getValue());
          requireEqual(
              table,
              rows,
              read("select " + names + " from " + index.getKey() + " order by " + names));
        }
      }
    }
  }

  private static void requireEqual(String table, long rows, long indexed) {
    if (rows != indexed) {
      throw new DamagedDatabaseException(
          "of %d rows in %s an index has %d".formatted(rows, table, indexed), null);
    }
  }

  private List<String> tables() throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                select table_name from information_schema.tables
                where table_schema = 'PUBLIC' order by 1
                """)) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** Reads all rows; how many there are. */
  private long read(String query) throws SQLException {
    long count = 0;
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(1000);
      try (ResultSet rows = statement.executeQuery(query)) {
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
          for (int column = 1; column <= columns; column++) {
            Object _ = rows.getObject(column);
          }
          count++;
        }
      }
    }
    return count;
  }
}
