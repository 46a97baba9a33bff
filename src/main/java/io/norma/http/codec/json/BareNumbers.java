package io.norma.http.codec.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/**
 * Numbers that are not finite and stand in JSON without quotes, as Python's {@code json} writes
 * them and RapidJSON reads them with {@code kParseNanAndInfFlag}, which Triton sets: {@code NaN},
 * {@code Inf}, {@code Infinity}, each with or without a minus. JSON has none (RFC 8259, section 6).
 */
public final class BareNumbers {
  private static final byte[] INFINITY = "Infinity".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] INF = "Inf".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NAN = "NaN".getBytes(StandardCharsets.US_ASCII);
  private static final Set<String> WORDS = Set.of("NaN", "Infinity", "-Infinity");

  private final byte[] json;
  private final int length;
  private byte[] written = new byte[0];
  private int count;
  private int found;

  private BareNumbers(byte[] json, int length) {
    this.json = json;
    this.length = length;
  }

  /** Whether a parser's text of a number is one of these, as {@link #respelled} leaves them. */
  public static boolean isOne(String text) {
    return WORDS.contains(text);
  }

  /**
   * How long JSON becomes by {@link #respelled}, or −1 if it has no such number and need not be
   * read again.
   *
   * @param length bytes of the array that are the JSON
   */
  public static int length(byte[] json, int length) {
    BareNumbers numbers = new BareNumbers(json, length);
    numbers.go();
    return numbers.found == 0 ? -1 : numbers.count;
  }

  /**
   * The same JSON with each of these numbers as Jackson spells it.
   *
   * @param length bytes of the array that are the JSON
   * @param needed what {@link #length} says
   */
  public static byte[] respelled(byte[] json, int length, int needed) {
    BareNumbers numbers = new BareNumbers(json, length);
    numbers.written = new byte[needed];
    numbers.go();
    return numbers.written;
  }

  private void go() {
    boolean quoted = false;
    int at = 0;
    while (at < length) {
      byte c = json[at];
      if (c == '"') {
        quoted = !quoted;
      }
      if (quoted) {
        int taken = c == '\\' && at + 1 < length ? 2 : 1;
        put(json, at, taken);
        at += taken;
        continue;
      }
      boolean minus = c == '-';
      int word = minus ? at + 1 : at;
      if (is(NAN, word)) {
        // No NaN differs from another by its sign.
        put(NAN, 0, NAN.length);
        at = word + NAN.length;
        found++;
      } else if (is(INFINITY, word) || is(INF, word)) {
        put(json, at, word - at);
        put(INFINITY, 0, INFINITY.length);
        at = word + (is(INFINITY, word) ? INFINITY.length : INF.length);
        found++;
      } else {
        put(json, at, 1);
        at++;
      }
    }
  }

  /** Whether a word stands there, and nothing that would make it another. */
  private boolean is(byte[] word, int at) {
    int end = at + word.length;
    return end <= length
        && json[at] == word[0]
        && Arrays.equals(json, at, end, word, 0, word.length)
        && (end == length || !Character.isLetterOrDigit(json[end]));
  }

  private void put(byte[] from, int offset, int bytes) {
    if (written.length > 0) {
      System.arraycopy(from, offset, written, count, bytes);
    }
    count += bytes;
  }
}
