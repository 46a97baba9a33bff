package io.norma.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.util.UUID;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.api.Assumptions;

/** The databases that the store must work on, each with the schema as the service makes it. */
public enum TestDatabase {
  H2,
  POSTGRESQL;

  /**
   * A new database with nothing in it; skips the test if there is no server for it.
   *
   * @param directory for one that lives in files
   */
  public HikariDataSource create(Path directory) {
    HikariDataSource dataSource = connect(url(directory));
    schema(dataSource).load().migrate();
    return dataSource;
  }

  /** How the service makes the schema. */
  static FluentConfiguration schema(DataSource dataSource) {
    return Flyway.configure().dataSource(dataSource).javaMigrations(new V5__DropUniqueSetNames());
  }

  /** The address of a new, empty database, with its user in it. */
  public String url(Path directory) {
    return switch (this) {
      case H2 ->
          "jdbc:h2:file:"
              + directory.resolve(UUID.randomUUID().toString())
              + ";DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000;USER=sa";
      case POSTGRESQL -> {
        Assumptions.assumeTrue(
            TestPostgres.isAvailable(),
            "skipped: no PostgreSQL; install its server programs, or give the JDBC address of one"
                + " as -Dnorma.test.postgres.url=…");
        yield TestPostgres.newDatabase();
      }
    };
  }

  /** A pool of connections to a database that is there. */
  public static HikariDataSource connect(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(8);
    return new HikariDataSource(config);
  }
}
