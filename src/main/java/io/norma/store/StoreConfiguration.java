package io.norma.store;

import java.time.Clock;
import javax.sql.DataSource;
import org.flywaydb.core.api.migration.JavaMigration;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What is kept, in the database that the settings name. */
@Configuration(proxyBeanMethods = false)
class StoreConfiguration {
  @Bean
  @DependsOnDatabaseInitialization
  Transactions transactions(DataSource dataSource) {
    return new Transactions(dataSource);
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
