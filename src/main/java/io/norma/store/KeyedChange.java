package io.norma.store;

import java.time.Duration;

/**
 * A change that counts once, however often it is sent.
 *
 * @param key that its sender chose for it
 * @param fingerprint of what it changes, SHA-256 in hexadecimal; the same whenever the key is
 */
public record KeyedChange(String key, String fingerprint) {
  /** How long a key is known. */
  public static final Duration KEPT = Duration.ofHours(24);

  /**
   * Makes sure that the key came with the same change before.
   *
   * @param what the change is, for the message
   */
  public void requireSame(String before, String what) {
    if (!fingerprint.equals(before)) {
      throw new StoreConflictException(
          StoreConflictException.Reason.DIFFERENT,
          "key '%s' came with another %s before: a new one needs a new key".formatted(key, what));
    }
  }
}
