package io.norma.serving.normalization;

import io.norma.serving.ComputeSlots;
import io.norma.store.NormalizerStore;
import io.norma.store.Transactions;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the normalization use cases together. */
@Configuration(proxyBeanMethods = false)
class NormalizationConfiguration {
  @Bean
  NormalizationService normalizationService(
      ComputeSlots slots, List<NormalizationObserver> observers) {
    return new NormalizationService(slots, observers);
  }

  @Bean
  NormalizerService normalizerService(
      ObjectProvider<Transactions> transactions,
      DataSource dataSource,
      NormalizationService normalization) {
    Transactions shared = transactions.getIfAvailable(() -> new Transactions(dataSource));
    return new NormalizerService(new NormalizerStore(shared), normalization);
  }
}
