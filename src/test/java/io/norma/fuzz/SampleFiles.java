package io.norma.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Small files of the formats that are read. */
public final class SampleFiles {
  private SampleFiles() {}

  public static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** One of the requests for the bundled digits. */
  public static byte[] digits(String name) {
    return file(Path.of("examples/digits", name));
  }

  public static byte[] file(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** Two bytes that say how long the first of two parts is, and both. */
  public static byte[] twoParts(byte[] first, byte[] second) {
    byte[] length = {(byte) first.length, (byte) (first.length >> 8)};
    return concat(length, first, second);
  }

  /**
   * The length that {@link #twoParts} wrote, or as much as there is; the first part begins at 2.
   */
  public static int firstLength(byte[] parts) {
    if (parts.length < 2) {
      return -1;
    }
    int length = Byte.toUnsignedInt(parts[0]) | (Byte.toUnsignedInt(parts[1]) << 8);
    return Math.min(length, parts.length - 2);
  }

  public static byte[] floats(float... numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : numbers) {
      bytes.putFloat(number);
    }
    return bytes.array();
  }

  /** A file of safetensors: the length of its header, the header, the elements. */
  public static byte[] safetensors(String header, byte[] elements) {
    byte[] length =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length()).array();
    return concat(length, text(header), elements);
  }

  /** An array of NumPy's, in version 1.0 of its format. */
  public static byte[] npy(String type, String order, String shape, byte[] elements) {
    String header =
        "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n".formatted(type, order, shape);
    byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) header.length(), 0};
    return concat(start, text(header), elements);
  }

  /**
   * A zip archive.
   *
   * @param method of {@link ZipEntry}
   */
  public static byte[] zip(int method, Map<String, byte[]> files) {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(archive)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        ZipEntry entry = new ZipEntry(file.getKey());
        CRC32 checksum = new CRC32();
        checksum.update(file.getValue());
        entry.setMethod(method);
        entry.setSize(file.getValue().length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(file.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return archive.toByteArray();
  }
}
