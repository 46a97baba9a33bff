package io.norma.http.codec;

import io.norma.serving.ServingException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The files in a zip archive that is in memory or mapped, by its central directory (APPNOTE.TXT
 * 6.3.10, with ZIP64). Nothing is believed that does not fit the bytes, what the list takes is
 * reserved before it is made, and nothing is inflated until it is asked for.
 */
public final class ZipDirectory {
  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int LONGEST_COMMENT = 0xffff;
  private static final int LOCATOR = 0x07064b50;
  private static final int LOCATOR_BYTES = 20;
  private static final int END_64 = 0x06064b50;
  private static final int END_64_BYTES = 56;
  private static final int ENTRY = 0x02014b50;
  private static final int ENTRY_BYTES = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_BYTES = 30;
  private static final ValueLayout.OfShort SHORTS =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INTS =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONGS =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int ENCRYPTED = 1;
  private static final int SHORT = 0xffff;
  private static final long INT = 0xffffffffL;
  private static final int EXTRA_64 = 1;

  /** Bytes of the heap that an entry of the directory takes, besides its name. */
  private static final int OBJECTS = 256;

  private final MemorySegment bytes;
  private final long length;

  private ZipDirectory(MemorySegment bytes) {
    this.bytes = bytes;
    length = bytes.byteSize();
  }

  /** Whether bytes begin as those of an archive. */
  public static boolean isZip(byte[] head, int length) {
    if (length < Integer.BYTES) {
      return false;
    }
    int magic = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt();
    return magic == LOCAL || magic == END;
  }

  /**
   * Lists an archive's files; folders are left out.
   *
   * @param archive must stay while they are read
   * @throws ServingException.Invalid if it is truncated, encrypted or its directory lies
   */
  public static List<ZippedFile> read(MemorySegment archive) {
    return new ZipDirectory(archive).files();
  }

  /**
   * Bounds what files unpack to: none gives more bytes than it says that it has.
   *
   * @param setting that the limit can be changed by
   * @throws ServingException.TooLarge if it is more
   */
  public static void requireWithin(List<ZippedFile> files, long limit, String setting) {
    // In long integers, sizes that nobody has could add up to a small one.
    double bytes = files.stream().mapToDouble(ZippedFile::size).sum();
    if (bytes > limit) {
      throw new ServingException.TooLarge(
          "the zip archive has %.0f bytes, unpacked; more than the %d of %s"
              .formatted(bytes, limit, setting));
    }
  }

  /** Where the directory is. */
  private record Position(long offset, long bytes, long entries) {}

  private List<ZippedFile> files() {
    Position directory = directory();
    if (directory.offset() < 0
        || directory.bytes() < 0
        || directory.entries() < 0
        || directory.offset() > length - directory.bytes()
        || directory.entries() > directory.bytes() / ENTRY_BYTES) {
      throw invalid(
          "says that its directory has %d entries in %d bytes from %d on, but it has %d bytes"
              .formatted(directory.entries(), directory.bytes(), directory.offset(), length));
    }
    RequestMemory.current().take(directory.entries() * OBJECTS + directory.bytes());
    List<ZippedFile> files = new ArrayList<>();
    Set<String> names = new HashSet<>();
    long position = directory.offset();
    long end = position + directory.bytes();
    for (long i = 0; i < directory.entries(); i++) {
      if (position > end - ENTRY_BYTES || bytes.get(INTS, position) != ENTRY) {
        throw invalid("has no entry %d in its directory".formatted(i));
      }
      int nameLength = unsigned(position + 28);
      int extraLength = unsigned(position + 30);
      long next = position + ENTRY_BYTES + nameLength + extraLength + unsigned(position + 32);
      if (next > end) {
        throw invalid("has an entry %d that is longer than its directory".formatted(i));
      }
      byte[] encoded =
          bytes.asSlice(position + ENTRY_BYTES, nameLength).toArray(ValueLayout.JAVA_BYTE);
      String name = new String(encoded, StandardCharsets.UTF_8);
      if (!names.add(name)) {
        throw invalid("has '" + name + "' twice");
      }
      if (!name.endsWith("/")) {
        files.add(file(name, position, position + ENTRY_BYTES + nameLength, extraLength));
      }
      position = next;
    }
    return files;
  }

  private Position directory() {
    long end = end();
    Position found =
        new Position(
            Integer.toUnsignedLong(bytes.get(INTS, end + 16)),
            Integer.toUnsignedLong(bytes.get(INTS, end + 12)),
            unsigned(end + 10));
    boolean large = found.offset() == INT || found.bytes() == INT || found.entries() == SHORT;
    long locator = end - LOCATOR_BYTES;
    if (!large || locator < 0 || bytes.get(INTS, locator) != LOCATOR) {
      return found;
    }
    long end64 = bytes.get(LONGS, locator + 8);
    if (end64 < 0 || end64 > length - END_64_BYTES || bytes.get(INTS, end64) != END_64) {
      throw invalid("has no directory where it says that one is");
    }
    return new Position(
        bytes.get(LONGS, end64 + 48), bytes.get(LONGS, end64 + 40), bytes.get(LONGS, end64 + 32));
  }

  /** Where the record is that ends the archive: the last with a comment just as long as it says. */
  private long end() {
    long first = Math.max(0, length - END_BYTES - LONGEST_COMMENT);
    for (long at = length - END_BYTES; at >= first; at--) {
      if (bytes.get(INTS, at) == END && at + END_BYTES + unsigned(at + 20) == length) {
        return at;
      }
    }
    throw invalid("is truncated: it has no directory at its end");
  }

  private ZippedFile file(String name, long entry, long extra, int extraLength) {
    if ((unsigned(entry + 8) & ENCRYPTED) != 0) {
      throw invalid("has '" + name + "' encrypted");
    }
    long size = Integer.toUnsignedLong(bytes.get(INTS, entry + 24));
    long compressed = Integer.toUnsignedLong(bytes.get(INTS, entry + 20));
    long local = Integer.toUnsignedLong(bytes.get(INTS, entry + 42));
    Extra64 large = new Extra64(extra, extraLength);
    size = size == INT ? large.next(name) : size;
    compressed = compressed == INT ? large.next(name) : compressed;
    local = local == INT ? large.next(name) : local;
    if (local < 0 || local > length - LOCAL_BYTES || bytes.get(INTS, local) != LOCAL) {
      throw invalid("has no '%s' where its directory says".formatted(name));
    }
    long data = local + LOCAL_BYTES + unsigned(local + 26) + unsigned(local + 28);
    if (compressed < 0 || size < 0 || data > length - compressed) {
      throw invalid(
          "gives '%s' %d bytes (%d when unpacked) from %d on, but it has %d"
              .formatted(name, compressed, size, data, length));
    }
    return new ZippedFile(
        name,
        bytes.asSlice(data, compressed),
        size,
        unsigned(entry + 10),
        bytes.get(INTS, entry + 16));
  }

  /** Numbers that do not fit 32 bits stand in an extra field, in order, those alone. */
  private final class Extra64 {
    private long position;
    private long end;

    Extra64(long extra, int extraLength) {
      long limit = extra + extraLength;
      for (long at = extra; at <= limit - 4; at += 4 + unsigned(at + 2)) {
        if (unsigned(at) == EXTRA_64) {
          position = at + 4;
          end = Math.min(limit, position + unsigned(at + 2));
          return;
        }
      }
    }

    long next(String name) {
      if (position > end - Long.BYTES) {
        throw invalid("does not say how long '" + name + "' is");
      }
      position += Long.BYTES;
      return bytes.get(LONGS, position - Long.BYTES);
    }
  }

  private int unsigned(long position) {
    return Short.toUnsignedInt(bytes.get(SHORTS, position));
  }

  private static ServingException invalid(String what) {
    return new ServingException.Invalid("the zip archive " + what);
  }
}
