package io.norma.security;

import io.norma.store.StoreConflictException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keys, in the database so that every replica knows them. */
public interface ApiKeyStore {
  /**
   * Keeps a new key; it is on disk when this returns.
   *
   * @param most keys that there may be, without those that were revoked
   * @throws StoreConflictException if another that is not revoked has its name, or there are too
   *     many
   */
  void add(StoredKey key, int most);

  /** Keys in the order in which they were made, those that were revoked as well. */
  List<ApiKey> list(String afterId, int limit);

  Optional<StoredKey> find(String id);

  /** All that were not revoked. */
  List<StoredKey> notRevoked();

  /**
   * Revokes a key, once.
   *
   * @return the key afterwards, or nothing if there is none
   */
  Optional<ApiKey> revoke(String id, Instant at, String by);

  /** Remembers when keys were last used. */
  void used(Map<String, Instant> lastUses);
}
