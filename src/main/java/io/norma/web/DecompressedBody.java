package io.norma.web;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A compressed body as it was before: gzip (RFC 1952), of one member or several, or zlib (RFC
 * 1950), which HTTP calls deflate. It is taken whole or not at all: the JDK's own streams pass over
 * what follows, and end with an exception that says nothing where something is missing. A body of
 * no bytes is one of none.
 */
final class DecompressedBody extends InputStream {
  private static final int BUFFER = 1 << 14;

  private static final int MAGIC_1 = 0x1F;
  private static final int MAGIC_2 = 0x8B;
  private static final int DEFLATED = 8;

  private static final int HEADER_CHECKSUM = 1 << 1;
  private static final int EXTRA = 1 << 2;
  private static final int NAME = 1 << 3;
  private static final int COMMENT = 1 << 4;
  private static final int RESERVED = 0b1110_0000;

  private final InputStream compressed;
  private final boolean gzip;
  private final Inflater inflater;
  private final CRC32 checksum = new CRC32();
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int limit;
  private long count;
  private boolean begun;
  private boolean inside;
  private boolean ended;

  private DecompressedBody(InputStream compressed, boolean gzip) {
    this.compressed = compressed;
    this.gzip = gzip;
    inflater = new Inflater(gzip);
  }

  static InputStream gzip(InputStream compressed) {
    return new DecompressedBody(compressed, true);
  }

  static InputStream zlib(InputStream compressed) {
    return new DecompressedBody(compressed, false);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!ended) {
      if (!inside) {
        if (isAtEnd()) {
          close(false);
          break;
        }
        begin();
      }
      int read = inflate(target, offset, length);
      if (read > 0) {
        checksum.update(target, offset, read);
        return read;
      }
      if (inflater.finished()) {
        position = limit - inflater.getRemaining();
        end();
      } else if (inflater.needsInput()) {
        if (isAtEnd()) {
          throw endsTooEarly();
        }
        inflater.setInput(buffer, position, limit - position);
        position = limit;
      } else {
        throw damaged("they need a dictionary");
      }
    }
    return -1;
  }

  private int inflate(byte[] target, int offset, int length) throws DecompressionException {
    try {
      return inflater.inflate(target, offset, length);
    } catch (DataFormatException e) {
      throw damaged(String.valueOf(e.getMessage()));
    }
  }

  /** Begins a member, or the only one. */
  private void begin() throws IOException {
    if (begun && !(gzip && buffer[position] == MAGIC_1)) {
      throw follows();
    }
    if (gzip) {
      readHeader();
    }
    inflater.reset();
    checksum.reset();
    begun = true;
    inside = true;
  }

  private void readHeader() throws IOException {
    checksum.reset();
    if (next() != MAGIC_1 || next() != MAGIC_2 || next() != DEFLATED) {
      throw begun ? follows() : new DecompressionException("it does not begin as gzip does");
    }
    int flags = next();
    if ((flags & RESERVED) != 0) {
      throw damaged("they have flags that gzip has no meaning for");
    }
    // When it was compressed, how, and on what system.
    skip(6);
    if ((flags & EXTRA) != 0) {
      skip((int) number(2));
    }
    if ((flags & NAME) != 0) {
      skipText();
    }
    if ((flags & COMMENT) != 0) {
      skipText();
    }
    if ((flags & HEADER_CHECKSUM) != 0) {
      long expected = checksum.getValue() & 0xFFFF;
      if (number(2) != expected) {
        throw damaged("the checksum of their header is another");
      }
    }
  }

  private void skip(int bytes) throws IOException {
    for (int i = 0; i < bytes; i++) {
      next();
    }
  }

  private void skipText() throws IOException {
    while (next() != 0) {
      // It says nothing to this service.
    }
  }

  /** Ends a member, or the only one, whose checksum the inflater has checked. */
  private void end() throws IOException {
    inside = false;
    if (!gzip) {
      return;
    }
    long expected = checksum.getValue();
    long written = inflater.getBytesWritten() & 0xFFFF_FFFFL;
    if (number(4) != expected) {
      throw damaged("their checksum is another");
    }
    if (number(4) != written) {
      throw damaged("their length is another");
    }
  }

  /** A number, its lowest byte first. */
  private long number(int bytes) throws IOException {
    long number = 0;
    for (int i = 0; i < bytes; i++) {
      number |= (long) next() << (8 * i);
    }
    return number;
  }

  private int next() throws IOException {
    if (isAtEnd()) {
      throw endsTooEarly();
    }
    int next = Byte.toUnsignedInt(buffer[position++]);
    checksum.update(next);
    return next;
  }

  /** Whether no more bytes come; fills the buffer where it is empty. */
  private boolean isAtEnd() throws IOException {
    if (position < limit) {
      return false;
    }
    position = 0;
    limit = Math.max(0, compressed.read(buffer, 0, buffer.length));
    count += limit;
    return limit == 0;
  }

  private String data() {
    return gzip ? "gzip data" : "deflate (zlib) data";
  }

  private DecompressionException endsTooEarly() {
    return new DecompressionException(
        "it ends too early: %d bytes are not the whole of its %s".formatted(count, data()));
  }

  private DecompressionException damaged(String how) {
    return new DecompressionException("its %s are damaged: %s".formatted(data(), how));
  }

  private DecompressionException follows() {
    return new DecompressionException("other bytes follow its " + data());
  }

  private void close(boolean all) throws IOException {
    ended = true;
    inflater.end();
    if (all) {
      compressed.close();
    }
  }

  @Override
  public void close() throws IOException {
    close(true);
  }
}
