package io.norma.models;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** One lock per model name, which is there only while somebody uses it. */
public final class NameLocks {
  private final Map<String, CountedLock> locks = new ConcurrentHashMap<>();

  /** What is done under a lock. */
  @FunctionalInterface
  interface Action<T, E extends Exception> {
    T run() throws E;
  }

  /** Waits until nobody else works on this name, then runs the action. */
  <T, E extends Exception> T whileLocked(String name, Action<T, E> action) throws E {
    CountedLock lock =
        locks.compute(
            name,
            (_, there) -> {
              CountedLock counted = there == null ? new CountedLock() : there;
              counted.users++;
              return counted;
            });
    lock.lock.lock();
    try {
      return action.run();
    } finally {
      lock.lock.unlock();
      locks.compute(name, (_, there) -> --lock.users == 0 ? null : there);
    }
  }

  /** Names that are locked or waited for. */
  int inUse() {
    return locks.size();
  }

  private static final class CountedLock {
    private final ReentrantLock lock = new ReentrantLock(true);

    /** Read and written only within the map's own operations on the name. */
    private int users;
  }
}
