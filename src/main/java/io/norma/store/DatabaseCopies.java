package io.norma.store;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/** Backups of the database in a data directory, made and restored while no service runs on it. */
public final class DatabaseCopies {
  private static final String DATABASE = DefaultDatabase.NAME + ".mv.db";
  private static final String CHANGES = DefaultDatabase.NAME + ".changes";

  private final Path directory;

  public DatabaseCopies(Path directory) {
    this.directory = directory.toAbsolutePath();
  }

  /** Why there is no copy, for the one who asked for it. */
  public static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Refused(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Writes a backup.
   *
   * @return how many changes are in it
   */
  public long backup(Path to) {
    Path database = directory.resolve(DATABASE);
    if (!Files.exists(database)) {
      throw new Refused("There is no database in " + directory, null);
    }
    if (Files.exists(to)) {
      throw new Refused(to + " is there already", null);
    }
    requireUnused(database);
    return opened(
        directory,
        pool -> {
          Backups.write(new JdbcTemplate(pool), to.toAbsolutePath());
          return changes(pool);
        });
  }

  /**
   * Puts a backup in the place of what is there, once it is known to be whole.
   *
   * @param replace whether there may be a database; it is kept under another name
   * @return how many changes are in it
   */
  public long restore(Path from, boolean replace) {
    Path database = directory.resolve(DATABASE);
    if (Files.exists(database)) {
      requireUnused(database);
      if (!replace) {
        throw new Refused(
            "There is a database in %s; with --replace it gets out of the way, to %s.replaced"
                .formatted(directory, DATABASE),
            null);
      }
    }
    try {
      Files.createDirectories(directory);
      Path beside = Files.createTempDirectory(directory, "restore");
      try {
        unpack(from, beside.resolve(DATABASE));
        long changes = opened(beside, DatabaseCopies::changes);
        // First what says how much must be there: it goes with the old one.
        for (String name : List.of(CHANGES, DATABASE)) {
          Path old = directory.resolve(name);
          if (Files.exists(old)) {
            Files.move(
                old, old.resolveSibling(name + ".replaced"), StandardCopyOption.REPLACE_EXISTING);
          }
        }
        Files.move(beside.resolve(DATABASE), database, StandardCopyOption.ATOMIC_MOVE);
        Files.move(beside.resolve(CHANGES), directory.resolve(CHANGES));
        return changes;
      } finally {
        delete(beside);
      }
    } catch (IOException e) {
      throw new Refused("The backup cannot be restored: " + e, e);
    }
  }

  private static void unpack(Path from, Path to) throws IOException {
    try (InputStream file = Files.newInputStream(from);
        ZipInputStream zip = new ZipInputStream(file);
        FileChannel channel =
            FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ZipEntry entry = zip.getNextEntry();
      while (entry != null && !entry.getName().endsWith(".mv.db")) {
        entry = zip.getNextEntry();
      }
      if (entry == null) {
        throw new Refused(from + " is no backup: there is no database in it", null);
      }
      zip.transferTo(Channels.newOutputStream(channel));
      channel.force(true);
    }
  }

  /** H2 locks the file that it has open. */
  private static void requireUnused(Path database) {
    try (FileChannel channel = FileChannel.open(database, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        throw inUse(database);
      }
    } catch (OverlappingFileLockException _) {
      // A service in this very process.
      throw inUse(database);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Refused inUse(Path database) {
    return new Refused(
        "The database %s is open in a service. Stop it first; one that runs makes a backup by"
                .formatted(database)
            + " POST /v1/backup",
        null);
  }

  /** Does something with a database that is whole. */
  private static long opened(Path directory, Function<HikariDataSource, Long> use) {
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(DefaultDatabase.url(directory) + ";IFEXISTS=TRUE");
      pool.setUsername(DefaultDatabase.USER);
      pool.setPassword("");
      pool.setMaximumPoolSize(2);
      try (DatabaseFile file = DatabaseFile.of(pool, 0)) {
        DatabaseCheck check = new DatabaseCheck(pool, file);
        check.beforeMigration(true);
        check.afterMigration(true);
        return use.apply(pool);
      }
    } catch (DamagedDatabaseException e) {
      throw new Refused("The database is damaged: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Long changes(HikariDataSource pool) {
    Long changes =
        new JdbcTemplate(pool).queryForObject("select writes from change_counter", Long.class);
    return changes == null ? 0L : changes;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
