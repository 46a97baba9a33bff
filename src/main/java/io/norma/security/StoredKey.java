package io.norma.security;

/**
 * A key as it is kept.
 *
 * @param sha256 of all that its holder presents
 * @param grant what its holder may do
 */
@SuppressWarnings("ArrayRecordComponent")
public record StoredKey(ApiKey key, byte[] sha256, Grant grant) {
  public StoredKey(ApiKey key, byte[] sha256) {
    this(key, sha256, new Grant(key.name(), key.scopes(), key.models()));
  }
}
