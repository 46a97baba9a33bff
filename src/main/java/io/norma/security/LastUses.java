package io.norma.security;

import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** When keys were last used; requests leave a time in memory, which is written now and then. */
final class LastUses {
  /** More exactly than this nobody is told. */
  private static final long RESOLUTION_MILLIS = 1000;

  private final ApiKeyStore store;
  private final Clock clock;
  private final Map<String, AtomicLong> times = new ConcurrentHashMap<>();
  private final Map<String, Long> written = new HashMap<>();

  LastUses(ApiKeyStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  void note(String id) {
    AtomicLong time = times.get(id);
    if (time == null) {
      time = times.computeIfAbsent(id, _ -> new AtomicLong());
    }
    long now = clock.millis();
    if (now - time.getPlain() >= RESOLUTION_MILLIS) {
      time.setPlain(now);
    }
  }

  /** Writes what has changed since the last time. */
  synchronized void write() {
    Map<String, Instant> changed = new HashMap<>();
    Map<String, Long> now = new HashMap<>();
    times.forEach((id, time) -> {
      long millis = time.get();
      now.put(id, millis);
      Long before = written.get(id);
      if (before == null || before != millis) {
        changed.put(id, Instant.ofEpochMilli(millis));
      }
    });
    if (!changed.isEmpty()) {
      store.used(changed);
    }
    written.putAll(now);
  }
}
