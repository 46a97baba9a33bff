package io.norma.store;

import java.sql.DatabaseMetaData;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedRuntimeException;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.support.JdbcUtils;
import org.springframework.jdbc.support.MetaDataAccessException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Changes to the database that are on disk when the call returns.
 *
 * <p>PostgreSQL writes its log before it answers a commit. H2 answers first and writes within half
 * a second: there a checkpoint follows each change, on the same connection, so that what was
 * acknowledged outlives the process, and the machine.
 *
 * <p>Locks are taken in one order everywhere: networks, then calibrations or normalizers, then the
 * change counter. Where two transactions stand in each other's way all the same, the one that the
 * database breaks off is begun anew.
 */
public final class Transactions {
  private static final Logger LOG = LoggerFactory.getLogger(Transactions.class);
  private static final int ATTEMPTS = 8;
  private static final long LONGEST_FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

  /** More changes than anybody has seen that were committed, and lost with the file's closing. */
  private static final int LOST = 1000;

  private final TransactionTemplate template;
  private final JdbcTemplate statements;
  private final JdbcClient client;
  private final boolean checkpointAfterCommit;
  private final DatabaseFile file;
  private volatile boolean mayHaveLost;

  /** On a database of which nothing else is known. */
  public Transactions(DataSource dataSource) {
    this(dataSource, DatabaseFile.none());
  }

  /**
   * On a database.
   *
   * @param file that it lies in
   */
  Transactions(DataSource dataSource, DatabaseFile file) {
    this.file = file;
    template = new TransactionTemplate(new DataSourceTransactionManager(dataSource));
    statements = new JdbcTemplate(dataSource);
    client = JdbcClient.create(statements);
    checkpointAfterCommit = isH2(dataSource);
  }

  private static boolean isH2(DataSource dataSource) {
    try {
      String product =
          JdbcUtils.extractDatabaseMetaData(dataSource, DatabaseMetaData::getDatabaseProductName);
      return "H2".equals(product);
    } catch (MetaDataAccessException e) {
      throw new IllegalStateException("the database does not say what it is", e);
    }
  }

  public JdbcClient client() {
    return client;
  }

  /** For statements that run once per row of a list. */
  public JdbcTemplate statements() {
    return statements;
  }

  /**
   * Commits all changes or none; when this returns they are on disk. Within another write, the
   * changes are part of it.
   *
   * @param changes may be called several times, each time with nothing of the time before
   */
  public <T extends @Nullable Object> T write(Supplier<T> changes) {
    return write(changes, true);
  }

  private <T extends @Nullable Object> T write(Supplier<T> changes, boolean takesRoom) {
    if (TransactionSynchronizationManager.isActualTransactionActive()) {
      return changes.get();
    }
    if (takesRoom) {
      file.disk().ifPresent(DiskSpace::require);
    }
    for (int attempt = 1; ; attempt++) {
      try {
        return template.execute(_ -> {
          TransactionSynchronizationManager.registerSynchronization(new Ending());
          return changes.get();
        });
      } catch (ConcurrencyFailureException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        LOG.debug("a transaction was broken off, and begins anew", e);
        LockSupport.parkNanos(
            ThreadLocalRandom.current().nextLong(LONGEST_FIRST_PAUSE << (attempt - 1)));
      } catch (NestedRuntimeException e) {
        mayHaveLost |= checkpointAfterCommit;
        throw e;
      }
    }
  }

  /**
   * Has H2 write to disk what a large transaction has changed so far: it would keep all of it in
   * memory, and copy it while it writes.
   */
  public void flush() {
    if (checkpointAfterCommit) {
      statements.execute("checkpoint");
    }
  }

  /** As {@link #write}, and other replicas learn that something changed. */
  public <T extends @Nullable Object> T writeAndAnnounce(Supplier<T> changes) {
    return write(announced(changes), true);
  }

  /**
   * As {@link #writeAndAnnounce}, for what gives room back: it may take for a while of what is kept
   * free on the disk.
   */
  public <T extends @Nullable Object> T deleteAndAnnounce(Supplier<T> changes) {
    return write(announced(changes), false);
  }

  private static <T extends @Nullable Object> Supplier<T> announced(Supplier<T> changes) {
    return () -> {
      TransactionSynchronizationManager.getSynchronizations()
          .forEach(synchronization -> ((Ending) synchronization).announced = true);
      return changes.get();
    };
  }

  /**
   * Does something once the transaction that runs now is committed and on disk; nothing where it is
   * not.
   */
  void afterCommit(Runnable task) {
    TransactionSynchronizationManager.getSynchronizations()
        .forEach(synchronization -> ((Ending) synchronization).tasks.add(task));
  }

  /** What is done around a transaction's commit, while its connection is still its own. */
  private final class Ending implements TransactionSynchronization {
    private final List<Runnable> tasks = new ArrayList<>();
    private boolean announced;
    private long changes;

    @Override
    public void beforeCommit(boolean readOnly) {
      // Last, for everybody who announces a change waits for this row.
      int announcements = mayHaveLost ? LOST : announced ? 1 : 0;
      if (file.changes().isPresent()) {
        client
            .sql("update change_counter set changes = changes + ?, writes = writes + 1")
            .param(announcements)
            .update();
        changes = client.sql("select writes from change_counter").query(Long.class).single();
      } else if (announcements > 0) {
        client.sql("update change_counter set changes = changes + ?").param(announcements).update();
      }
    }

    @Override
    public void afterCommit() {
      if (checkpointAfterCommit) {
        statements.execute("checkpoint sync");
        mayHaveLost = false;
        file.changes().ifPresent(record -> record.note(changes));
      }
      tasks.forEach(Runnable::run);
    }
  }
}
