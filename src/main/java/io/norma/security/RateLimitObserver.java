package io.norma.security;

/** Hears of requests that were one too many. */
public interface RateLimitObserver {
  void limited();
}
