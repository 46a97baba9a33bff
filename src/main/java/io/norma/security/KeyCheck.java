package io.norma.security;

import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides whether what somebody presents is a key, and whose. */
public final class KeyCheck {
  /** The principal of the key in the settings. */
  public static final String ADMIN_KEY = "admin-key";

  private static final Grant ADMIN = new Grant(ADMIN_KEY, Set.of(Scope.ADMIN), ModelPatterns.ALL);
  private static final Result UNKNOWN = new Refused("the key is not known");

  private final byte @Nullable [] adminKey;
  private final KnownKeys keys;
  private final LastUses lastUses;
  private final Clock clock;

  KeyCheck(@Nullable String adminKey, KnownKeys keys, LastUses lastUses, Clock clock) {
    this.adminKey = adminKey == null ? null : KeyText.sha256(adminKey);
    this.keys = keys;
    this.lastUses = lastUses;
    this.clock = clock;
  }

  /** What comes of a check. */
  public sealed interface Result {}

  /** The holder of a key. */
  public record Accepted(Grant grant) implements Result {}

  /**
   * Nobody.
   *
   * @param reason more than that it is not known only for who presents the whole of it
   */
  public record Refused(String reason) implements Result {}

  /** Not written as keys are, nor the one in the settings: it may be a token. */
  public record NoKey() implements Result {}

  /** Whether there is anything that could be accepted. */
  public boolean isEmpty() {
    return adminKey == null && keys.isEmpty();
  }

  /**
   * Checks a key.
   *
   * @throws org.springframework.dao.DataAccessException if it is not known here, and the database
   *     does not answer
   */
  public Result check(String presented) {
    byte[] sha256 = KeyText.sha256(presented);
    if (adminKey != null && MessageDigest.isEqual(adminKey, sha256)) {
      return new Accepted(ADMIN);
    }
    String id = KeyText.id(presented);
    if (id == null) {
      return new NoKey();
    }
    StoredKey stored = keys.find(id).orElse(null);
    if (stored == null || !MessageDigest.isEqual(stored.sha256(), sha256)) {
      return UNKNOWN;
    }
    ApiKey key = stored.key();
    if (key.revokedAt() != null) {
      return new Refused("the key '%s' was revoked at %s".formatted(key.name(), key.revokedAt()));
    }
    Instant end = key.expiresAt();
    if (end != null && !clock.instant().isBefore(end)) {
      return new Refused("the key '%s' expired at %s".formatted(key.name(), end));
    }
    lastUses.note(id);
    return new Accepted(stored.grant());
  }
}
