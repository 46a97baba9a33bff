package io.norma.security;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A key, without its secret.
 *
 * @param id the part of it that may be told
 * @param name whose it is, or what for; no two that are not revoked have the same
 * @param createdBy principal who made it
 * @param lastUsedAt to about a minute; {@code null} if never
 */
public record ApiKey(
    String id,
    String name,
    Set<Scope> scopes,
    ModelPatterns models,
    Instant createdAt,
    String createdBy,
    @Nullable Instant expiresAt,
    @Nullable Instant lastUsedAt,
    @Nullable Instant revokedAt,
    @Nullable String revokedBy) {}
