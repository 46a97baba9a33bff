package io.norma.security;

import io.norma.serving.ServingException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes, shows and revokes keys. */
public final class ApiKeyService {
  /** A colon stands before the names of those who come with tokens. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.@ -]{0,127}");

  private static final int LONGEST_DAYS = 36_500;
  private static final Set<String> RESERVED = Set.of(KeyCheck.ADMIN_KEY, "anonymous");

  private final ApiKeyStore store;
  private final int most;
  private final boolean changeable;
  private final Runnable changed;
  private final Clock clock;

  /**
   * Keys of a database.
   *
   * @param most that there may be, without those that were revoked
   * @param changeable whether who asks here may make and revoke any
   * @param changed is told of each change here
   */
  public ApiKeyService(
      ApiKeyStore store, int most, boolean changeable, Runnable changed, Clock clock) {
    this.store = store;
    this.most = most;
    this.changeable = changeable;
    this.changed = changed;
    this.clock = clock;
  }

  /**
   * A key that was made.
   *
   * @param text what its holder presents; it is nowhere else
   */
  public record Made(ApiKey key, String text) {
    /** Without what its holder presents. */
    @Override
    public String toString() {
      return key.toString();
    }
  }

  /**
   * What a key is to be.
   *
   * @param models patterns
   * @param expiresAt {@code null} for never
   */
  public record Wanted(
      String name, Set<Scope> scopes, List<String> models, @Nullable Instant expiresAt) {}

  /**
   * Makes a key.
   *
   * @throws ServingException if something is wrong with it, or keys are not made in this mode
   */
  public Made create(Wanted wanted, String by) {
    requireChangeable();
    if (!NAME.matcher(wanted.name()).matches()) {
      throw invalid(
          "name",
          "must have 1 to 128 letters, digits, '_', '-', '.', '@' and spaces, the first a letter or"
              + " digit");
    }
    if (RESERVED.contains(wanted.name())) {
      throw invalid("name", "must be none of %s".formatted(RESERVED.stream().sorted().toList()));
    }
    if (wanted.scopes().isEmpty()) {
      throw invalid("scopes", "must have one or more of infer, calibrate, activate, admin");
    }
    if (wanted.models().isEmpty()) {
      throw invalid("models", "must have one or more patterns, such as resnet*, or * for all");
    }
    ModelPatterns models;
    try {
      models = ModelPatterns.of(wanted.models());
    } catch (IllegalArgumentException e) {
      throw invalid("models", String.valueOf(e.getMessage()));
    }
    // As databases keep it.
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Instant end = wanted.expiresAt();
    if (end != null
        && (!end.isAfter(now) || end.isAfter(now.plus(Duration.ofDays(LONGEST_DAYS))))) {
      throw invalid(
          "expires_at",
          "must be in the future, within %d days, but is %s".formatted(LONGEST_DAYS, end));
    }
    String id = KeyText.newId(now);
    String text = KeyText.generate(id);
    ApiKey key =
        new ApiKey(
            id,
            wanted.name(),
            Set.copyOf(wanted.scopes()),
            models,
            now,
            by,
            end == null ? null : end.truncatedTo(ChronoUnit.MILLIS),
            null,
            null,
            null);
    store.add(new StoredKey(key, KeyText.sha256(text)), most);
    changed.run();
    return new Made(key, text);
  }

  public List<ApiKey> list(String afterId, int limit) {
    return store.list(afterId, limit);
  }

  /**
   * One key.
   *
   * @throws ServingException.NotFound if there is none
   */
  public ApiKey get(String id) {
    return find(id).orElseThrow(() -> none(id));
  }

  /** What is not written as identifiers are, the database is not asked for. */
  private Optional<ApiKey> find(String id) {
    return KeyText.isId(id) ? store.find(id).map(StoredKey::key) : Optional.empty();
  }

  /**
   * Revokes a key; one that was revoked before stays as it is.
   *
   * @throws ServingException.NotFound if there is none
   */
  public ApiKey revoke(String id, String by) {
    requireChangeable();
    ApiKey revoked =
        find(id)
            .flatMap(_ -> store.revoke(id, clock.instant().truncatedTo(ChronoUnit.MILLIS), by))
            .orElseThrow(() -> none(id));
    changed.run();
    return revoked;
  }

  /** Who nobody asks for a key could leave one for later. */
  private void requireChangeable() {
    if (!changeable) {
      throw new ServingException.Conflict(
          "keys are neither made nor revoked by request while norma.security.mode is open, where"
              + " anybody could; use the command: java -jar norma.jar keys create …");
    }
  }

  private static ServingException none(String id) {
    return new ServingException.NotFound("there is no key with id '" + id + "'");
  }

  private static ServingException invalid(String field, String reason) {
    return new ServingException.InvalidField(field, "'" + field + "': " + reason);
  }
}
