package io.norma.security.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.http.codec.Json;
import io.norma.http.codec.Words;
import io.norma.security.ApiKey;
import io.norma.security.ApiKeyService;
import io.norma.security.Scope;
import jakarta.validation.constraints.NotNull;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the routes of keys take and answer. */
final class KeyMessages {
  private KeyMessages() {}

  /**
   * What a key is to be.
   *
   * @param models patterns; all models without it
   * @param expiresAt RFC 3339; never without it
   */
  record Wanted(
      @NotNull String name,
      @NotNull List<@NotNull Scope> scopes,
      @Nullable List<@NotNull String> models,
      @Nullable String expiresAt) {
    ApiKeyService.Wanted wanted() {
      Set<Scope> all = EnumSet.noneOf(Scope.class);
      all.addAll(scopes);
      return new ApiKeyService.Wanted(
          name, all, Objects.requireNonNullElse(models, List.of("*")), end());
    }

    private @Nullable Instant end() {
      if (expiresAt == null) {
        return null;
      }
      try {
        return OffsetDateTime.parse(expiresAt).toInstant();
      } catch (DateTimeException _) {
        throw Json.invalid(
            "expires_at",
            "must be a time such as 2027-01-31T12:00:00Z, but is '%s'"
                .formatted(Json.abbreviated(expiresAt)));
      }
    }
  }

  /**
   * A key.
   *
   * @param key what its holder presents, when it is made and never again
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Key(
      String id,
      String name,
      List<String> scopes,
      List<String> models,
      Instant createdAt,
      String createdBy,
      @Nullable Instant expiresAt,
      @Nullable Instant lastUsedAt,
      @Nullable Instant revokedAt,
      @Nullable String revokedBy,
      @Nullable String key) {
    static Key of(ApiKey key) {
      return of(key, null);
    }

    static Key of(ApiKeyService.Made made) {
      return of(made.key(), made.text());
    }

    private static Key of(ApiKey key, @Nullable String text) {
      return new Key(
          key.id(),
          key.name(),
          key.scopes().stream().sorted().map(Words::of).toList(),
          key.models().patterns(),
          key.createdAt(),
          key.createdBy(),
          key.expiresAt(),
          key.lastUsedAt(),
          key.revokedAt(),
          key.revokedBy(),
          text);
    }

    /** Without what its holder presents. */
    @Override
    public String toString() {
      return "Key[id=%s, name=%s]".formatted(id, name);
    }
  }
}
