package io.norma.http.codec;

import io.norma.serving.ServingException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The header of a safetensors file, believed only as far as it fits the bytes behind it: every
 * tensor as long as its type and shape say, all of them together the whole rest of the file,
 * without holes and without overlaps.
 */
public final class SafetensorsHeader {
  /** The format's own limit. */
  private static final long LONGEST = 100_000_000;

  private static final int LENGTH_BYTES = 8;
  private static final String METADATA = "__metadata__";
  private static final Map<String, Integer> BITS =
      Map.ofEntries(
          Map.entry("BOOL", 8),
          Map.entry("U8", 8),
          Map.entry("I8", 8),
          Map.entry("F8_E5M2", 8),
          Map.entry("F8_E4M3", 8),
          Map.entry("I16", 16),
          Map.entry("U16", 16),
          Map.entry("F16", 16),
          Map.entry("BF16", 16),
          Map.entry("I32", 32),
          Map.entry("U32", 32),
          Map.entry("F32", 32),
          Map.entry("F64", 64),
          Map.entry("I64", 64),
          Map.entry("U64", 64));

  private final JsonParser parser;
  private final long dataStart;
  private final long dataLength;

  private SafetensorsHeader(JsonParser parser, long dataStart, long dataLength) {
    this.parser = parser;
    this.dataStart = dataStart;
    this.dataLength = dataLength;
  }

  /** One tensor: where its bytes are in the file. */
  public record Entry(String name, String type, List<Long> shape, long offset, long length) {}

  /** The tensors of a file that is in memory. */
  public static List<Entry> read(byte[] body, int length) {
    int headerLength = headerLength(body, length);
    return read(body, LENGTH_BYTES, headerLength, length);
  }

  /** The tensors of a file, of which nothing but the header is read. */
  static List<Entry> read(FileChannel file) throws IOException {
    byte[] head = bytes(file, 0, (int) Math.min(LENGTH_BYTES, file.size()));
    byte[] header = bytes(file, LENGTH_BYTES, headerLength(head, file.size()));
    return read(header, 0, header.length, file.size());
  }

  private static byte[] bytes(FileChannel file, long from, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, from + bytes.position()) < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
    }
    return bytes.array();
  }

  private static int headerLength(byte[] head, long fileLength) {
    if (fileLength < LENGTH_BYTES) {
      throw invalid("is truncated: %d bytes are no header".formatted(fileLength));
    }
    long headerLength = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (headerLength < 2 || headerLength > LONGEST) {
      throw invalid(
          "has a header of %s bytes; expected 2 to %d"
              .formatted(Long.toUnsignedString(headerLength), LONGEST));
    }
    if (headerLength > fileLength - LENGTH_BYTES) {
      throw invalid(
          "is truncated: its header has %d bytes, but only %d follow"
              .formatted(headerLength, fileLength - LENGTH_BYTES));
    }
    return (int) headerLength;
  }

  private static List<Entry> read(byte[] header, int offset, int headerLength, long fileLength) {
    long dataStart = (long) LENGTH_BYTES + headerLength;
    try (JsonParser parser = Json.parser(header, offset, headerLength)) {
      return new SafetensorsHeader(parser, dataStart, fileLength - dataStart).entries();
    } catch (JacksonException e) {
      throw new ServingException.Invalid("the safetensors header is no JSON: " + Json.reason(e), e);
    }
  }

  private List<Entry> entries() {
    parser.nextToken();
    Json.requireStart(parser, JsonToken.START_OBJECT, "header");
    List<Entry> entries = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      if (!names.add(name)) {
        throw invalid("has '" + name + "' twice");
      }
      parser.nextToken();
      if (name.equals(METADATA)) {
        parser.skipChildren();
      } else {
        entries.add(entry(name));
      }
    }
    if (parser.nextToken() != null) {
      throw invalid("has something behind the JSON of its header");
    }
    requireNoHoles(entries);
    return entries;
  }

  private Entry entry(String name) {
    Json.requireStart(parser, JsonToken.START_OBJECT, name);
    String type = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      parser.nextToken();
      String path = name + "." + field;
      switch (field) {
        case "dtype" -> type = once(type, Json.text(parser, path), path);
        case "shape" -> shape = once(shape, integers(path), path);
        case "data_offsets" -> offsets = once(offsets, integers(path), path);
        default -> throw invalid("has '" + path + "', which the format does not know");
      }
    }
    if (type == null || shape == null || offsets == null) {
      throw invalid(
          "lacks '%s.%s'"
              .formatted(name, type == null ? "dtype" : shape == null ? "shape" : "data_offsets"));
    }
    return checked(name, type, shape, offsets);
  }

  private static <T> T once(@Nullable T before, T value, String path) {
    if (before != null) {
      throw invalid("has '" + path + "' twice");
    }
    return value;
  }

  private Entry checked(String name, String type, List<Long> shape, List<Long> offsets) {
    Integer bits = BITS.get(type);
    if (bits == null) {
      throw invalid("gives '%s' the unknown data type %s".formatted(name, type));
    }
    if (offsets.size() != 2
        || offsets.get(0) < 0
        || offsets.get(1) < offsets.get(0)
        || offsets.get(1) > dataLength) {
      throw invalid(
          "gives '%s' the offsets %s, but there are %d bytes of data: it is truncated or its header"
                  .formatted(name, offsets, dataLength)
              + " is wrong");
    }
    long expected = bits / 8;
    try {
      for (long extent : shape) {
        if (extent < 0) {
          throw invalid("gives '%s' the shape %s".formatted(name, shape));
        }
        expected = Math.multiplyExact(expected, extent);
      }
    } catch (ArithmeticException e) {
      throw invalid("gives '%s' the impossible shape %s".formatted(name, shape));
    }
    long actual = offsets.get(1) - offsets.get(0);
    if (actual != expected) {
      throw invalid(
          "gives '%s' (%s, shape %s) %d bytes, but it needs %d"
              .formatted(name, type, shape, actual, expected));
    }
    return new Entry(name, type, shape, dataStart + offsets.get(0), actual);
  }

  private void requireNoHoles(List<Entry> entries) {
    long end = dataStart;
    List<Entry> inOrder = new ArrayList<>(entries);
    inOrder.sort(Comparator.comparingLong(Entry::offset).thenComparingLong(Entry::length));
    for (Entry entry : inOrder) {
      if (entry.offset() != end) {
        throw invalid(
            "gives '%s' bytes from %d on, where %d was expected: tensors overlap or leave a hole"
                .formatted(entry.name(), entry.offset() - dataStart, end - dataStart));
      }
      end += entry.length();
    }
    if (end != dataStart + dataLength) {
      throw invalid(
          "has %d bytes of data, but its header speaks of %d"
              .formatted(dataLength, end - dataStart));
    }
  }

  private List<Long> integers(String path) {
    Json.requireStart(parser, JsonToken.START_ARRAY, path);
    List<Long> integers = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      integers.add(Json.integer(parser, path));
    }
    return integers;
  }

  private static ServingException invalid(String what) {
    return new ServingException.Invalid("the safetensors file " + what);
  }
}
