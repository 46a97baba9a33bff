package io.norma.http.codec;

import io.norma.serving.ServingException;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** A file in a zip archive that is in memory, stored or deflated. */
public final class ZippedFile {
  private static final int STORED = 0;
  private static final int DEFLATED = 8;

  private final String name;
  private final byte[] archive;
  private final int offset;
  private final int compressed;
  private final int size;
  private final int method;
  private final int checksum;
  private byte @Nullable [] inflated;

  ZippedFile(
      String name, byte[] archive, int offset, int compressed, int size, int method, int checksum) {
    this.name = name;
    this.archive = archive;
    this.offset = offset;
    this.compressed = compressed;
    this.size = size;
    this.method = method;
    this.checksum = checksum;
  }

  public String name() {
    return name;
  }

  /** How many bytes it says that it has, unpacked. */
  public int size() {
    return size;
  }

  /** A run of bytes in an array. */
  record Bytes(byte[] array, int offset, int length) {}

  /** Its first bytes, as many as there are of those that are asked for. */
  Bytes first(int count) {
    int length = Math.min(count, size);
    if (method == STORED) {
      return new Bytes(archive, stored(), length);
    }
    if (inflated != null) {
      return new Bytes(inflated, 0, length);
    }
    return new Bytes(inflate(length, false), 0, length);
  }

  /**
   * All its bytes. They are inflated once, into memory of the request.
   *
   * @throws ServingException.Invalid if they are not what the archive says they are
   */
  Bytes all() {
    if (method == STORED) {
      Bytes bytes = new Bytes(archive, stored(), size);
      requireChecksum(bytes);
      return bytes;
    }
    byte[] bytes = inflated;
    if (bytes == null) {
      RequestMemory.current().take(size);
      bytes = inflate(size, true);
      requireChecksum(new Bytes(bytes, 0, size));
      inflated = bytes;
    }
    return new Bytes(bytes, 0, size);
  }

  private int stored() {
    if (compressed != size) {
      throw invalid("is stored in %d bytes, but has %d".formatted(compressed, size));
    }
    return offset;
  }

  private byte[] inflate(int length, boolean toTheEnd) {
    if (method != DEFLATED) {
      throw invalid("is packed by method %d; expected stored or deflated".formatted(method));
    }
    byte[] bytes = new byte[length];
    try (Inflater inflater = new Inflater(true)) {
      inflater.setInput(archive, offset, compressed);
      int count = 0;
      while (count < length) {
        int more = inflater.inflate(bytes, count, length - count);
        if (more == 0) {
          throw invalid("ends after %d bytes of %d".formatted(count, size));
        }
        count += more;
      }
      if (toTheEnd && (inflater.inflate(new byte[1]) != 0 || !inflater.finished())) {
        throw invalid("goes on behind its %d bytes".formatted(size));
      }
    } catch (DataFormatException e) {
      throw new ServingException.Invalid(
          "'%s' in the zip archive is damaged: %s".formatted(name, e.getMessage()), e);
    }
    return bytes;
  }

  private void requireChecksum(Bytes bytes) {
    CRC32 actual = new CRC32();
    actual.update(bytes.array(), bytes.offset(), bytes.length());
    if ((int) actual.getValue() != checksum) {
      throw invalid("is damaged: its checksum is not the one that the archive has for it");
    }
  }

  private ServingException invalid(String what) {
    return new ServingException.Invalid("'%s' in the zip archive %s".formatted(name, what));
  }
}
