package io.norma.security.command;

import io.norma.security.ApiKeyService;
import io.norma.security.ApiKeyStore;
import io.norma.security.SecuritySettings;
import io.norma.security.store.JdbcApiKeyStore;
import java.time.Clock;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Import;

/**
 * As much of the service as keys need: the database, with its schema. No component, or the service
 * would find it.
 */
@ImportAutoConfiguration({DataSourceAutoConfiguration.class, FlywayAutoConfiguration.class})
@ComponentScan(basePackages = {"io.norma.scheduling", "io.norma.store"})
@EnableConfigurationProperties(SecuritySettings.class)
@ConfigurationPropertiesScan("io.norma.store")
@Import(JdbcApiKeyStore.class)
class KeysApplication {
  /** Whoever has the database may do all with it, whatever the mode of the service. */
  @Bean
  ApiKeyService apiKeyService(ApiKeyStore store, SecuritySettings settings, Clock clock) {
    return new ApiKeyService(store, settings.maxKeys(), true, () -> {}, clock);
  }
}
