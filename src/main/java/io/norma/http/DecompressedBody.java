package io.norma.http;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * A compressed body as it was before: gzip (RFC 1952), of one member or several, or zlib (RFC
 * 1950), which HTTP calls deflate. Says in words what is wrong with it. A body of no bytes is one
 * of none.
 */
final class DecompressedBody extends InputStream {
  private static final int BUFFER = 1 << 14;

  private final Counted compressed;
  private final boolean gzip;
  private @Nullable InputStream plain;

  private DecompressedBody(InputStream compressed, boolean gzip) {
    this.compressed = new Counted(compressed);
    this.gzip = gzip;
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
    try {
      InputStream open = plain;
      if (open == null) {
        open = open();
        plain = open;
      }
      return open.read(target, offset, length);
    } catch (EOFException _) {
      throw new DecompressionException(
          "it ends too early: %d bytes are not the whole of its %s data"
              .formatted(compressed.count, gzip ? "gzip" : "deflate (zlib)"));
    } catch (ZipException e) {
      throw new DecompressionException(
          "its %s data are damaged: %s"
              .formatted(gzip ? "gzip" : "deflate (zlib)", e.getMessage()));
    }
  }

  private InputStream open() throws IOException {
    PushbackInputStream begun = new PushbackInputStream(compressed);
    int first = begun.read();
    if (first < 0) {
      return InputStream.nullInputStream();
    }
    begun.unread(first);
    return gzip ? new GZIPInputStream(begun, BUFFER) : new InflaterInputStream(begun);
  }

  @Override
  public void close() throws IOException {
    if (plain != null) {
      plain.close();
    }
    compressed.close();
  }

  /** Counts what came. */
  private static final class Counted extends FilterInputStream {
    private long count;

    private Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      count += read < 0 ? 0 : 1;
      return read;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      count += Math.max(0, read);
      return read;
    }

    /** Where nothing has come yet, something still may: gzip looks here for another member. */
    @Override
    public int available() throws IOException {
      return Math.max(1, super.available());
    }
  }
}
