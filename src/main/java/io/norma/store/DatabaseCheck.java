package io.norma.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Whether an H2 file has all that was ever acknowledged, as it was: as many changes as the file
 * beside it says, and all that {@link ReadableTables} and {@link StoredContent} ask for. PostgreSQL
 * checks its own pages.
 */
final class DatabaseCheck {
  private final DataSource database;
  private final DatabaseFile file;

  DatabaseCheck(DataSource database, DatabaseFile file) {
    this.database = database;
    this.file = file;
  }

  /** What keeps a file from being opened, as what the operator is to be told. */
  static RuntimeException failed(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException refused && DatabaseFailure.isOpenElsewhere(refused)) {
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
          new ReadableTables(connection).require();
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
}
