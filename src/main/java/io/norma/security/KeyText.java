package io.norma.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What the holder of a key presents: {@code norma_<id>_<secret>}. The identifier tells when it was
 * made, so that keys are listed in that order; the secret has 256 random bits, which nobody
 * guesses, so that a plain SHA-256 is all that has to be kept.
 */
final class KeyText {
  private static final String PREFIX = "norma_";
  private static final int SECRET_BYTES = 32;
  private static final int ID_LENGTH = 16;
  private static final int LENGTH = PREFIX.length() + ID_LENGTH + 1 + 2 * SECRET_BYTES;
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final HexFormat HEX = HexFormat.of();

  private KeyText() {}

  static String newId(Instant now) {
    return HEX.toHexDigits((int) now.getEpochSecond()) + HEX.toHexDigits(RANDOM.nextInt());
  }

  static String generate(String id) {
    byte[] secret = new byte[SECRET_BYTES];
    RANDOM.nextBytes(secret);
    return PREFIX + id + "_" + HEX.formatHex(secret);
  }

  /** Whether a key could have this identifier. */
  static boolean isId(String text) {
    return text.length() == ID_LENGTH && isHexadecimal(text, 0);
  }

  /** The identifier in what somebody presents, or {@code null} if it is no key of ours. */
  static @Nullable String id(String presented) {
    int end = PREFIX.length() + ID_LENGTH;
    if (presented.length() != LENGTH
        || !presented.startsWith(PREFIX)
        || presented.charAt(end) != '_'
        || !isHexadecimal(presented, end + 1)) {
      return null;
    }
    String id = presented.substring(PREFIX.length(), end);
    return isId(id) ? id : null;
  }

  private static boolean isHexadecimal(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  static byte[] sha256(String presented) {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(presented.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
