package io.norma.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * The keys that work, in memory: requests neither wait for the database nor fail while it is away.
 * What is not among them is looked up, since another replica may have just made it.
 */
final class KnownKeys {
  private static final Logger LOG = LoggerFactory.getLogger(KnownKeys.class);
  private static final int MOST_OTHERS = 10_000;
  private static final Duration OTHERS_KEPT = Duration.ofSeconds(1);

  /** Whoever makes keys up, ever others, asks the database no more often than this in a second. */
  static final int MOST_LOOK_UPS = 100;

  private final ApiKeyStore store;
  private volatile Map<String, StoredKey> known = Map.of();

  /** Revoked, or none: whoever presents one again and again does not ask the database each time. */
  private final Cache<String, Optional<StoredKey>> others =
      Caffeine.newBuilder().maximumSize(MOST_OTHERS).expireAfterWrite(OTHERS_KEPT).build();

  private final Bucket lookUps;

  /**
   * Keys.
   *
   * @param time by which keys may be looked up again
   */
  KnownKeys(ApiKeyStore store, TimeMeter time) {
    this.store = store;
    lookUps =
        Bucket.builder()
            .addLimit(
                it -> it.capacity(MOST_LOOK_UPS).refillGreedy(MOST_LOOK_UPS, Duration.ofSeconds(1)))
            .withCustomTimePrecision(time)
            .build();
  }

  /** Learns what has changed; where the database does not answer, what was known holds. */
  void reload() {
    List<StoredKey> keys;
    try {
      keys = store.notRevoked();
    } catch (DataAccessException | TransactionException e) {
      LOG.warn("The keys cannot be read; those that were known work on, whether revoked or not", e);
      return;
    }
    Map<String, StoredKey> byId = HashMap.newHashMap(keys.size());
    keys.forEach(key -> byId.put(key.key().id(), key));
    known = byId;
    others.invalidateAll();
  }

  boolean isEmpty() {
    return known.isEmpty();
  }

  Optional<StoredKey> find(String id) {
    StoredKey key = known.get(id);
    return key != null ? Optional.of(key) : others.get(id, this::lookUp);
  }

  /** What is not looked up in time is known to everybody with the next {@link #reload}. */
  private Optional<StoredKey> lookUp(String id) {
    return lookUps.tryConsume(1) ? store.find(id) : Optional.empty();
  }
}
