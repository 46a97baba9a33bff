package io.norma.http.codec;

import io.norma.serving.ServingException;
import org.jspecify.annotations.Nullable;

/**
 * How the characters of JSON are written: in UTF-8 (RFC 8259, section 8.1). A byte order mark
 * before it is passed over.
 */
final class JsonEncoding {
  /** The byte order mark of UTF-8. */
  static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  /** How many bytes tell the encoding. */
  static final int TELLING = 4;

  private static final int BIG_ENDIAN_MARK = 0xFEFF;
  private static final int LITTLE_ENDIAN_MARK = 0xFFFE;

  private JsonEncoding() {}

  /**
   * Looks at how a document begins.
   *
   * @throws ServingException.Invalid if that is another encoding
   */
  static void requireUtf8(byte[] bytes, int offset, int length) {
    String other = length < TELLING ? null : other(bytes, offset);
    if (other != null) {
      throw new ServingException.Invalid(
          "the JSON must be written in UTF-8 (RFC 8259, section 8.1), but begins as %s does"
              .formatted(other));
    }
  }

  private static @Nullable String other(byte[] bytes, int offset) {
    int first = pair(bytes, offset);
    int second = pair(bytes, offset + 2);
    if (isInOddOrder(first, second)) {
      return "UTF-32";
    }
    if (first == 0) {
      return second == BIG_ENDIAN_MARK || isStart(second) ? "UTF-32" : null;
    }
    if (second == 0 && (first == LITTLE_ENDIAN_MARK || isSwappedStart(first))) {
      return "UTF-32";
    }
    boolean utf16 =
        first == BIG_ENDIAN_MARK
            || first == LITTLE_ENDIAN_MARK
            || isStart(first)
            || isSwappedStart(first);
    return utf16 ? "UTF-16" : null;
  }

  /**
   * Whether the parser would take it for UTF-32 in one of the orders of bytes, 2143 and 3412, that
   * it knows and does not read.
   */
  private static boolean isInOddOrder(int first, int second) {
    return first == 0
        ? second == LITTLE_ENDIAN_MARK || (second != 0 && (second & 0xFF) == 0)
        : second == 0 && first < 0x100;
  }

  private static int pair(byte[] bytes, int offset) {
    return Byte.toUnsignedInt(bytes[offset]) << 8 | Byte.toUnsignedInt(bytes[offset + 1]);
  }

  private static boolean isSwappedStart(int pair) {
    return (pair & 0xFF) == 0 && isStart(pair >> 8);
  }

  /** Whether JSON may begin with this character. */
  static boolean isStart(int character) {
    return character > 0 && character < 128 && " \t\r\n{[\"-0123456789tfn".indexOf(character) >= 0;
  }
}
