package io.norma.store;

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
  Networks networks(Transactions transactions) {
    return new Networks(transactions);
  }

  @Bean
  StatisticsStore statisticsStore(Transactions transactions) {
    return new StatisticsStore(transactions);
  }

  @Bean
  Activations activations(Transactions transactions) {
    return new Activations(transactions);
  }

  @Bean
  CalibrationStore calibrationStore(Transactions transactions, CalibrationLimits limits) {
    return new CalibrationStore(transactions, limits);
  }

  @Bean
  UploadedModels uploadedModels(Transactions transactions) {
    return new UploadedModels(transactions);
  }

  @Bean
  ChangeCounter changeCounter(Transactions transactions) {
    return new ChangeCounter(transactions);
  }

  @Bean
  NormalizerStore normalizerStore(Transactions transactions) {
    return new NormalizerStore(transactions);
  }
}
