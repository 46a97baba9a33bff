package io.norma.store;

import java.sql.DatabaseMetaData;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.support.JdbcUtils;
import org.springframework.jdbc.support.MetaDataAccessException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Changes to the database that are on disk when the call returns.
 *
 * <p>PostgreSQL writes its log before it answers a commit. H2 answers first and writes within half
 * a second: there a checkpoint follows each change, so that what was acknowledged outlives the
 * process, and the machine.
 */
final class Transactions {
  private final TransactionTemplate template;
  private final JdbcTemplate statements;
  private final JdbcClient client;
  private final boolean checkpointAfterCommit;

  Transactions(DataSource dataSource) {
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

  JdbcClient client() {
    return client;
  }

  /** For statements that run once per row of a list. */
  JdbcTemplate statements() {
    return statements;
  }

  /** Commits all changes or none; when this returns they are on disk. */
  <T extends @Nullable Object> T write(Supplier<T> changes) {
    T result = template.execute(_ -> changes.get());
    if (checkpointAfterCommit) {
      statements.execute("checkpoint sync");
    }
    return result;
  }

  /** As {@link #write}, and other replicas learn that something changed. */
  <T extends @Nullable Object> T writeAndAnnounce(Supplier<T> changes) {
    return write(() -> {
      T result = changes.get();
      client.sql("update change_counter set changes = changes + 1").update();
      return result;
    });
  }
}
