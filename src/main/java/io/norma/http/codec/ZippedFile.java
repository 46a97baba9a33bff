package io.norma.http.codec;

import io.norma.serving.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/** A file in a zip archive that is in memory or mapped, stored or deflated. */
public final class ZippedFile {
  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final int BLOCK = 1 << 16;

  private final String name;
  private final MemorySegment packed;
  private final long size;
  private final int method;
  private final int checksum;
  private byte @Nullable [] unpacked;

  ZippedFile(String name, MemorySegment packed, long size, int method, int checksum) {
    this.name = name;
    this.packed = packed;
    this.size = size;
    this.method = method;
    this.checksum = checksum;
  }

  public String name() {
    return name;
  }

  /** How many bytes it says that it has, unpacked; it never gives more. */
  public long size() {
    return size;
  }

  /**
   * Its first bytes, as many as there are of those that are asked for.
   *
   * @throws ServingException.Invalid if it has fewer than the archive says
   */
  byte[] first(int count) {
    int length = (int) Math.min(count, size);
    byte[] bytes = new byte[length];
    try (InputStream content = open()) {
      requireAll(content.readNBytes(bytes, 0, length), length);
    } catch (IOException e) {
      throw damaged(e);
    }
    return bytes;
  }

  /**
   * All its bytes. They are unpacked once, into memory of the request.
   *
   * @throws ServingException.Invalid if they are not what the archive says they are
   */
  byte[] all() {
    byte[] known = unpacked;
    if (known != null) {
      return known;
    }
    if (size > Integer.MAX_VALUE - 8) {
      throw invalid("has %d bytes, too many for an array".formatted(size));
    }
    RequestMemory.current().take(size);
    byte[] bytes = new byte[(int) size];
    try (CheckedInputStream content = new CheckedInputStream(open(), new CRC32())) {
      requireAll(content.readNBytes(bytes, 0, bytes.length), size);
      requireSound(content);
    } catch (IOException e) {
      throw damaged(e);
    }
    unpacked = bytes;
    return bytes;
  }

  /**
   * Writes all its bytes.
   *
   * @throws ServingException.Invalid if they are not what the archive says they are
   * @throws IOException if they cannot be written
   */
  public void writeTo(OutputStream out) throws IOException {
    byte[] block = new byte[BLOCK];
    try (CheckedInputStream content = new CheckedInputStream(open(), new CRC32())) {
      for (long left = size; left > 0; ) {
        int count = read(content, block, (int) Math.min(block.length, left));
        requireAll(count, Math.min(left, 1));
        out.write(block, 0, count);
        left -= count;
      }
      requireSound(content);
    }
  }

  private int read(InputStream content, byte[] block, int most) {
    try {
      return Math.max(0, content.read(block, 0, most));
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  private InputStream open() {
    if (method == STORED && packed.byteSize() != size) {
      throw invalid("is stored in %d bytes, but has %d".formatted(packed.byteSize(), size));
    }
    return switch (method) {
      case STORED -> new Packed(packed);
      case DEFLATED -> new Inflating(new Packed(packed));
      default ->
          throw invalid("is packed by method %d; expected stored or deflated".formatted(method));
    };
  }

  private void requireAll(long count, long expected) {
    if (count < expected) {
      throw invalid("ends before its %d bytes".formatted(size));
    }
  }

  /** Whether it ends here, and its bytes are those that were packed. */
  private void requireSound(CheckedInputStream content) {
    int actual = (int) content.getChecksum().getValue();
    if (read(content, new byte[1], 1) != 0) {
      throw invalid("goes on behind its %d bytes".formatted(size));
    }
    if (actual != checksum) {
      throw invalid("is damaged: its checksum is not the one that the archive has for it");
    }
  }

  private ServingException damaged(IOException e) {
    return new ServingException.Invalid(
        "'%s' in the zip archive is damaged: %s".formatted(name, e.getMessage()), e);
  }

  private ServingException invalid(String what) {
    return new ServingException.Invalid("'%s' in the zip archive %s".formatted(name, what));
  }

  /** Its bytes as they lie in the archive. */
  private static final class Packed extends InputStream {
    private final MemorySegment bytes;
    private long position;

    Packed(MemorySegment bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() {
      return position < bytes.byteSize()
          ? Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, position++))
          : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      int count = (int) Math.min(length, bytes.byteSize() - position);
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, position, target, offset, count);
      position += count;
      return count == 0 && length > 0 ? -1 : count;
    }
  }

  /** Inflates without a header, as archives have it. */
  private static final class Inflating extends InflaterInputStream {
    Inflating(InputStream packed) {
      super(packed, new Inflater(true), BLOCK);
    }

    @Override
    public void close() throws IOException {
      super.close();
      inf.end();
    }
  }
}
