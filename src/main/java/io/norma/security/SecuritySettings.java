package io.norma.security;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be set about who may do what.
 *
 * @param mode whether those who ask must say who they are
 * @param adminKey a key with scope admin that is in no database; blank is none
 * @param keyCache how long a key that was revoked at another replica may still work at this one
 * @param maxKeys keys that there may be, without those that were revoked
 * @param scopeClaim the claim of a token that has its scopes: a list, or words between spaces, each
 *     {@code infer} or {@code norma:infer}
 * @param modelsClaim the claim of a token that has the patterns of the models it is for; without
 *     one tokens are for all models
 * @param principalClaim the claim of a token that says whose it is
 */
@ConfigurationProperties("norma.security")
public record SecuritySettings(
    @DefaultValue("local") SecurityMode mode,
    @Nullable String adminKey,
    @DefaultValue("5s") Duration keyCache,
    @DefaultValue("1000") int maxKeys,
    @DefaultValue("scope") String scopeClaim,
    @Nullable String modelsClaim,
    @DefaultValue("sub") String principalClaim) {
  private static final Pattern ADMIN_KEY = Pattern.compile("[!-~]{32,512}");
  private static final Duration LONGEST_CACHE = Duration.ofMinutes(5);
  private static final Duration SHORTEST_CACHE = Duration.ofMillis(100);
  private static final int MOST_KEYS = 100_000;

  public SecuritySettings {
    if (adminKey != null && adminKey.isBlank()) {
      adminKey = null;
    }
    // Never the value itself: what is refused here is logged.
    if (adminKey != null && !ADMIN_KEY.matcher(adminKey).matches()) {
      throw new IllegalArgumentException(
          "norma.security.admin-key must have 32 to 512 visible ASCII characters without a space, but has %d characters"
              .formatted(adminKey.length()));
    }
    if (keyCache.compareTo(SHORTEST_CACHE) < 0 || keyCache.compareTo(LONGEST_CACHE) > 0) {
      throw new IllegalArgumentException(
          "norma.security.key-cache must be from 100ms to 5m, but is " + keyCache);
    }
    if (maxKeys < 1 || maxKeys > MOST_KEYS) {
      throw new IllegalArgumentException(
          "norma.security.max-keys must be from 1 to %d, but is %d".formatted(MOST_KEYS, maxKeys));
    }
    if (scopeClaim.isBlank() || principalClaim.isBlank()) {
      throw new IllegalArgumentException(
          "norma.security.%s must be a claim's name, but is blank"
              .formatted(scopeClaim.isBlank() ? "scope-claim" : "principal-claim"));
    }
    if (modelsClaim != null && modelsClaim.isBlank()) {
      modelsClaim = null;
    }
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "SecuritySettings[mode=%s, adminKey=%s]"
        .formatted(mode.name().toLowerCase(Locale.ROOT), adminKey == null ? "none" : "…");
  }
}
