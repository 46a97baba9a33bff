package io.norma.store;

import io.norma.serving.ServingException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Copies of an H2 file as it is at one moment, while the service goes on to change it. H2 writes no
 * block anew while it copies.
 */
public final class Backups {
  private static final Logger LOG = LoggerFactory.getLogger(Backups.class);
  private static final String PREFIX = "backup-";
  private static final String SUFFIX = ".zip.part";

  private final JdbcTemplate statements;
  private final DatabaseFile file;
  private final ReentrantLock one = new ReentrantLock();

  Backups(Transactions transactions, DatabaseFile file) {
    statements = transactions.statements();
    this.file = file;
    file.path().ifPresent(Backups::sweep);
  }

  /** Deletes what a process left that was killed meanwhile. */
  private static void sweep(Path database) {
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(parent(database), PREFIX + "*" + SUFFIX)) {
      for (Path path : left) {
        Files.delete(path);
      }
    } catch (IOException e) {
      LOG.warn("what is left of backups cannot be deleted", e);
    }
  }

  private static Path parent(Path path) {
    Path parent = path.toAbsolutePath().getParent();
    return parent == null ? Path.of("/") : parent;
  }

  /**
   * Makes one, a zip archive with the file in it. Who asks for it deletes it.
   *
   * @throws ServingException if there is no such file, or another backup is being made
   * @throws DiskFullException if there is no room for a second file beside the first
   */
  public Path make() throws IOException {
    Path database =
        file.path()
            .orElseThrow(() ->
                new ServingException.Conflict(
                    "the database is a server, which this service makes no backups of: use its own"
                        + " tools, as PostgreSQL's pg_dump"));
    if (!one.tryLock()) {
      throw new ServingException.Overloaded("a backup is being made; try again later", 1);
    }
    try {
      file.disk().ifPresent(disk -> disk.require(database.toFile().length()));
      Path target = Files.createTempFile(parent(database), PREFIX, SUFFIX);
      boolean made = false;
      try {
        write(statements, target);
        made = true;
        return target;
      } finally {
        if (!made) {
          Files.deleteIfExists(target);
        }
      }
    } finally {
      one.unlock();
    }
  }

  /** Writes one to a file. */
  static void write(JdbcTemplate statements, Path target) {
    statements.execute("backup to '" + target.toString().replace("'", "''") + "'");
  }
}
