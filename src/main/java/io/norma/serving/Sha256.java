package io.norma.serving;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What networks, revisions and changes are known by (FIPS 180-4). */
public final class Sha256 {
  private Sha256() {}

  /** A new computation of it. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has it", e);
    }
  }
}
