package io.norma.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Whether an H2 file has all that was ever acknowledged, as it was: as many changes as the file
 * beside it says, every table and index readable to its end and of one length, and {@link
 * StoredContent} as its checksums say. PostgreSQL checks its own pages.
 */
final class DatabaseCheck {
  private static final int ALREADY_OPEN = 90020;

  private final DataSource database;
  private final DatabaseFile file;

  DatabaseCheck(DataSource database, DatabaseFile file) {
    this.database = database;
    this.file = file;
  }

  /** What keeps a file from being opened, as what the operator is to be told. */
  static RuntimeException failed(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException refused && refused.getErrorCode() == ALREADY_OPEN) {
        return unchecked(e);
      }
    }
    if (e instanceof DamagedDatabaseException || DiskFullException.isBehind(e)) {
      return unchecked(e);
    }
    return new DamagedDatabaseException("it cannot be read: " + reason(e), e);
  }

  private static RuntimeException unchecked(Exception e) {
    return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
  }

  /** The last cause in one line: those before repeat it. */
  private static String reason(Throwable e) {
    Throwable last = e;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return String.valueOf(last.getMessage()).lines().findFirst().orElse(last.toString());
  }

  /**
   * Before the schema is brought up to date.
   *
   * @param all whether everything is read
   * @throws DamagedDatabaseException if something is missing or cannot be read
   */
  void beforeMigration(boolean all) {
    check(() -> {
      try (Connection connection = database.getConnection()) {
        requireAllChanges(connection);
        if (all) {
          readTables(connection);
        }
        return true;
      } catch (SQLException | RuntimeException e) {
        throw failed(e);
      }
    });
  }

  /** Once the schema is up to date: as {@link #beforeMigration}. */
  void afterMigration(boolean all) {
    check(() -> {
      try (Connection connection = database.getConnection()) {
        if (all) {
          new StoredContent(connection).require();
        }
        begin(connection);
        return true;
      } catch (SQLException | RuntimeException e) {
        throw failed(e);
      }
    });
  }

  private void check(Supplier<Boolean> part) {
    try {
      boolean _ = part.get();
    } catch (DamagedDatabaseException e) {
      leaveAsItIs();
      throw e;
    }
  }

  /** Closed in the usual way, H2 would tidy the file up: others may get more out of it. */
  private void leaveAsItIs() {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("shutdown immediately");
    } catch (SQLException | RuntimeException _) {
      // It is closed.
    }
  }

  private void requireAllChanges(Connection connection) throws SQLException {
    Optional<ChangesFile.Entry> entry = file.changes().flatMap(ChangesFile::read);
    if (entry.isEmpty()) {
      return;
    }
    ChangesFile.Entry expected = entry.get();
    ChangesFile.Entry found = changes(connection);
    if (found == null || found.changes() < expected.changes()) {
      throw new DamagedDatabaseException(
          "of %d changes that were acknowledged it holds %d"
              .formatted(expected.changes(), found == null ? 0 : found.changes()),
          null);
    }
    if (!found.database().equals(expected.database())) {
      throw new DamagedDatabaseException(
          "%s is of another database".formatted(file.changes().orElseThrow().path()), null);
    }
  }

  /** What the database itself says; {@code null} if that is nothing. */
  private static ChangesFile.@Nullable Entry changes(Connection connection) throws SQLException {
    if (!hasRecord(connection)) {
      return null;
    }
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select database_id, writes from change_counter")) {
      String id = row.next() ? row.getString(1) : null;
      return id == null ? null : new ChangesFile.Entry(id, row.getLong(2));
    }
  }

  /** Gives a new database its name, and begins the file beside it. */
  private void begin(Connection connection) throws SQLException {
    if (file.changes().isEmpty()) {
      return;
    }
    try (PreparedStatement name =
            connection.prepareStatement(
                "update change_counter set database_id = ? where database_id is null");
        Statement checkpoint = connection.createStatement()) {
      name.setString(1, UUID.randomUUID().toString());
      name.executeUpdate();
      checkpoint.execute("checkpoint sync");
    }
    ChangesFile.Entry entry = changes(connection);
    if (entry == null) {
      throw new DamagedDatabaseException("its count of changes is gone", null);
    }
    file.changes().orElseThrow().begin(entry);
  }

  /** Reads what models are not made of; those are read with their checksums. */
  private static void readTables(Connection connection) throws SQLException {
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
    for (String table : tables(connection)) {
      String columns = table.equals("UPLOADED_MODEL_CHUNKS") ? "model, version, position" : "*";
      long rows = read(connection, "select " + columns + " from " + quoted(table));
      for (Map.Entry<String, List<String>> index : indexes.entrySet()) {
        if (index.getKey().startsWith(quoted(table) + " ")) {
          String names = String.join(", ", index.getValue());
          requireEqual(
              table,
              rows,
              read(
                  connection,
                  "select " + names + " from " + index.getKey() + " order by " + names));
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

  private static List<String> tables(Connection connection) throws SQLException {
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

  /** Not in a database that is empty, or that an older program made. */
  private static boolean hasRecord(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                select count(*) from information_schema.columns
                where table_name = 'CHANGE_COUNTER' and column_name = 'DATABASE_ID'
                """)) {
      return row.next() && row.getLong(1) > 0;
    }
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** Reads all rows; how many there are. */
  private static long read(Connection connection, String query) throws SQLException {
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
