package io.norma.store;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The file that the database lies in, where it does: H2's. A server keeps its own. */
public final class DatabaseFile implements AutoCloseable {
  private static final String SUFFIX = ".mv.db";

  private final @Nullable Path path;
  private final @Nullable DiskSpace disk;
  private final @Nullable ChangesFile changes;

  private DatabaseFile(@Nullable Path base, long minFreeBytes) {
    if (base == null) {
      path = null;
      disk = null;
      changes = null;
    } else {
      path = withSuffix(base, SUFFIX);
      disk = new DiskSpace(directoryOf(path), minFreeBytes);
      changes = changesBeside(base);
    }
  }

  private static Path directoryOf(Path file) {
    return Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file lies in a directory");
  }

  /** Of a database that lies nowhere that could be known. */
  static DatabaseFile none() {
    return new DatabaseFile(null, 0);
  }

  /**
   * That of a database, which is opened.
   *
   * @throws DamagedDatabaseException if it cannot be opened for what is in it
   */
  static DatabaseFile of(DataSource database, long minFreeBytes) {
    boolean isH2 =
        database instanceof HikariDataSource pool
            && String.valueOf(pool.getJdbcUrl()).startsWith("jdbc:h2:");
    if (!isH2) {
      return none();
    }
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("call database_path()")) {
      String base = row.next() ? row.getString(1) : null;
      return new DatabaseFile(base == null ? null : Path.of(base), minFreeBytes);
    } catch (SQLException | RuntimeException e) {
      throw DatabaseCheck.failed(e);
    }
  }

  /** The file that a database without the suffix of its name is in. */
  static Path withSuffix(Path base, String suffix) {
    return base.resolveSibling(base.getFileName() + suffix);
  }

  static ChangesFile changesBeside(Path base) {
    return new ChangesFile(withSuffix(base, ".changes"));
  }

  Optional<Path> path() {
    return Optional.ofNullable(path);
  }

  /** What is free where it lies. */
  public Optional<DiskSpace> disk() {
    return Optional.ofNullable(disk);
  }

  /** What says how many changes are in it. */
  Optional<ChangesFile> changes() {
    return Optional.ofNullable(changes);
  }

  @Override
  public void close() throws IOException {
    if (changes != null) {
      changes.close();
    }
  }
}
