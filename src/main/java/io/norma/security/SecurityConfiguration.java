package io.norma.security;

import io.github.bucket4j.TimeMeter;
import io.norma.scheduling.Schedule;
import java.time.Clock;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts together what knows keys. */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {
  private static final Duration LAST_USES_WRITTEN = Duration.ofMinutes(1);

  @Bean
  KnownKeys knownKeys(ApiKeyStore store, SecuritySettings settings, Schedule schedule) {
    KnownKeys keys = new KnownKeys(store, TimeMeter.SYSTEM_NANOTIME);
    if (settings.mode() == SecurityMode.AUTHENTICATED) {
      keys.reload();
      schedule.repeat(settings.keyCache(), keys::reload);
    }
    return keys;
  }

  @Bean
  LastUses lastUses(ApiKeyStore store, SecuritySettings settings, Schedule schedule, Clock clock) {
    LastUses uses = new LastUses(store, clock);
    if (settings.mode() == SecurityMode.AUTHENTICATED) {
      schedule.repeat(LAST_USES_WRITTEN, uses::write);
    }
    return uses;
  }

  @Bean
  KeyCheck keyCheck(SecuritySettings settings, KnownKeys keys, LastUses uses, Clock clock) {
    return new KeyCheck(settings.adminKey(), keys, uses, clock);
  }

  @Bean
  ApiKeyService apiKeyService(
      ApiKeyStore store, SecuritySettings settings, KnownKeys keys, Clock clock) {
    return new ApiKeyService(
        store,
        settings.maxKeys(),
        settings.mode() != SecurityMode.OPEN,
        settings.mode() == SecurityMode.AUTHENTICATED ? keys::reload : () -> {},
        clock);
  }
}
