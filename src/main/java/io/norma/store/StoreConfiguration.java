package io.norma.store;

import java.time.Clock;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.migration.JavaMigration;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What is kept, in the database that the settings name. */
@Configuration(proxyBeanMethods = false)
class StoreConfiguration {
  @Bean
  @DependsOnDatabaseInitialization
  Transactions transactions(DataSource dataSource, DatabaseFile file) {
    return new Transactions(dataSource, file);
  }

  @Bean
  static BrokenConnections brokenConnections() {
    return new BrokenConnections();
  }

  @Bean
  DatabaseFile databaseFile(DataSource dataSource, DatabaseSettings settings) {
    return DatabaseFile.of(dataSource, settings.minFreeBytes().toBytes());
  }

  /** What is damaged is not touched. */
  @Bean
  FlywayMigrationStrategy verifiedMigration(
      DataSource dataSource, DatabaseFile file, DatabaseSettings settings) {
    return flyway -> migrate(dataSource, file, settings.verifyAtStart(), flyway);
  }

  private static void migrate(
      DataSource dataSource, DatabaseFile file, boolean all, Flyway flyway) {
    if (file.path().isEmpty()) {
      flyway.migrate();
      return;
    }
    DatabaseCheck check = new DatabaseCheck(dataSource, file);
    check.beforeMigration(all);
    flyway.migrate();
    check.afterMigration(all);
  }

  @Bean
  Backups backups(Transactions transactions, DatabaseFile file) {
    return new Backups(transactions, file);
  }

  @Bean
  JavaMigration dropUniqueSetNames() {
    return new V5__DropUniqueSetNames();
  }

  @Bean
  Networks networks(Transactions transactions, Clock clock) {
    return new Networks(transactions, clock);
  }

  @Bean
  AuditTrail auditTrail(Transactions transactions, Clock clock) {
    return new AuditTrail(transactions, clock);
  }

  @Bean
  ChangeCounter changeCounter(Transactions transactions) {
    return new ChangeCounter(transactions);
  }
}
