package io.norma.normalization.web;

import io.norma.serving.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Lines of a stream one by one, in one array that grows to the longest. */
final class LineReader {
  private final InputStream stream;
  private final int longest;
  private final byte[] buffer = new byte[1 << 14];
  private int position;
  private int limit;
  private byte[] line = new byte[1 << 10];
  private int length;

  LineReader(InputStream stream, int longest) {
    this.stream = stream;
    this.longest = longest;
  }

  /**
   * Moves on to the next line that is not empty.
   *
   * @throws ServingException.Invalid if it is longer than allowed
   */
  boolean next() throws IOException {
    length = 0;
    while (true) {
      if (position == limit) {
        limit = stream.read(buffer, 0, buffer.length);
        position = 0;
        if (limit < 0) {
          limit = 0;
          return length > 0;
        }
      }
      byte next = buffer[position++];
      if (next == '\n') {
        if (length > 0) {
          return true;
        }
      } else if (next != '\r') {
        add(next);
      }
    }
  }

  private void add(byte next) {
    if (length == longest) {
      throw new ServingException.Invalid(
          "a line has more than %d bytes; send fewer rows in each".formatted(longest));
    }
    if (length == line.length) {
      line = Arrays.copyOf(line, Math.min(2 * length, longest));
    }
    line[length++] = next;
  }

  /** May be longer than the line. */
  byte[] bytes() {
    return line;
  }

  int length() {
    return length;
  }
}
