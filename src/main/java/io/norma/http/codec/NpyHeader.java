package io.norma.http.codec;

import io.norma.serving.ServingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a file of one NumPy array says of it (numpy.lib.format, versions 1.0 to 3.0): after {@code
 * \x93NUMPY}, the version and a length, a dictionary as Python writes it.
 *
 * @param type NumPy's word: {@code <f4}
 * @param columnMajor whether the first axis runs fastest ("Fortran order")
 * @param dataStart where its elements begin
 */
record NpyHeader(String type, boolean columnMajor, List<Long> shape, int dataStart) {
  /** What numpy itself reads, unless it is told to trust a file. */
  static final int LONGEST = 10_000;

  /** Magic number, version, and the longer of the two kinds of length. */
  static final int PREFIX = 12;

  private static final byte[] MAGIC = "\u0093NUMPY".getBytes(StandardCharsets.ISO_8859_1);

  private static final Pattern DICTIONARY =
      Pattern.compile("\\{\\s*(?<fields>.*?)\\s*\\}\\s*", Pattern.DOTALL);
  private static final Pattern FIELD =
      Pattern.compile(
          "'(?<key>descr|fortran_order|shape)'\\s*:\\s*"
              + "(?<value>'[^']*'|True|False|\\([0-9,\\s]*\\))\\s*(,\\s*|$)");
  private static final Pattern ONE_TYPE = Pattern.compile("[<>|=]?(?<kind>[a-zA-Z])(?<size>\\d*)");

  /**
   * Reads the header of an array.
   *
   * @param file its first {@value #PREFIX} + {@value #LONGEST} bytes, or all
   * @param name of the array, for messages
   */
  static NpyHeader read(byte[] file, String name) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (file.length < PREFIX
        || bytes.slice(0, MAGIC.length).mismatch(ByteBuffer.wrap(MAGIC)) >= 0) {
      throw invalid(name, "is no NumPy array: it does not begin with \\x93NUMPY");
    }
    int version = bytes.get(6);
    if (version < 1 || version > 3 || bytes.get(7) != 0) {
      throw invalid(
          name, "has version %d.%d; expected 1.0, 2.0 or 3.0".formatted(version, bytes.get(7)));
    }
    int start = version == 1 ? 10 : PREFIX;
    long length =
        version == 1
            ? Short.toUnsignedInt(bytes.getShort(8))
            : Integer.toUnsignedLong(bytes.getInt(8));
    if (length > LONGEST || start + length > file.length) {
      throw invalid(
          name,
          "has a header of %d bytes; expected up to %d, and no more than there are"
              .formatted(length, LONGEST));
    }
    String text =
        new String(
            file,
            start,
            (int) length,
            version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    return parse(text, name, start + (int) length);
  }

  private static NpyHeader parse(String text, String name, int dataStart) {
    Map<String, String> fields = new HashMap<>();
    Matcher dictionary = DICTIONARY.matcher(text);
    String inner = dictionary.matches() ? dictionary.group("fields") : "-";
    Matcher field = FIELD.matcher(inner);
    int position = 0;
    while (position < inner.length()) {
      if (!field.region(position, inner.length()).lookingAt()
          || fields.put(field.group("key"), field.group("value")) != null) {
        throw notUnderstood(name, text);
      }
      position = field.end();
    }
    String type = fields.get("descr");
    String order = fields.get("fortran_order");
    String shape = fields.get("shape");
    if (type == null || order == null || shape == null) {
      throw notUnderstood(name, text);
    }
    boolean columnMajor = order.equals("True");
    if (!type.startsWith("'")
        || (!columnMajor && !order.equals("False"))
        || !shape.startsWith("(")) {
      throw notUnderstood(name, text);
    }
    return new NpyHeader(
        type.substring(1, type.length() - 1), columnMajor, extents(shape, name), dataStart);
  }

  private static List<Long> extents(String shape, String name) {
    List<Long> extents = new ArrayList<>();
    for (String extent : shape.substring(1, shape.length() - 1).split(",", -1)) {
      if (!extent.isBlank()) {
        try {
          extents.add(Long.parseLong(extent.trim()));
        } catch (NumberFormatException e) {
          throw new ServingException.Invalid(
              "array '%s' has the impossible shape %s".formatted(name, shape), e);
        }
      }
    }
    return extents;
  }

  /** How many elements there are. */
  long size(String name) {
    long size = 1;
    try {
      for (long extent : shape) {
        size = Math.multiplyExact(size, extent);
      }
    } catch (ArithmeticException e) {
      throw new ServingException.Invalid(
          "array '%s' has the impossible shape %s".formatted(name, shape), e);
    }
    return size;
  }

  /** Bytes of one element, or {@code null} where that is not in its type. */
  @Nullable Integer elementBytes() {
    Matcher matcher = ONE_TYPE.matcher(type);
    if (!matcher.matches()
        || matcher.group("size").isEmpty()
        || matcher.group("size").length() > 8) {
      return null;
    }
    int size = Integer.parseInt(matcher.group("size"));
    return switch (matcher.group("kind")) {
      case "f", "i", "u", "b", "c", "V", "S" -> size;
      default -> null;
    };
  }

  /**
   * Refuses a file whose elements are not as many as its header says.
   *
   * @param bytes behind the header
   */
  void requireBytes(String name, long bytes) {
    long size = size(name);
    Integer each = elementBytes();
    if (each != null && (size > Integer.MAX_VALUE || size * each != bytes)) {
      throw new ServingException.Invalid(
          "array '%s' (%s, shape %s) has %d bytes, but it needs %d times %d"
              .formatted(name, type, shape, bytes, size, each));
    }
  }

  /** Where the element lies whose position is counted with the last axis running fastest. */
  IntUnaryOperator columnMajorPositions() {
    int[] extents = shape.stream().mapToInt(Math::toIntExact).toArray();
    int[] strides = new int[extents.length];
    int stride = 1;
    for (int axis = 0; axis < extents.length; axis++) {
      strides[axis] = stride;
      stride *= extents[axis];
    }
    return i -> {
      int rest = i;
      int position = 0;
      for (int axis = extents.length - 1; axis >= 0; axis--) {
        position += rest % extents[axis] * strides[axis];
        rest /= extents[axis];
      }
      return position;
    };
  }

  private static ServingException notUnderstood(String name, String text) {
    String shown = text.strip();
    return invalid(
        name,
        "has the header %s; expected one as {'descr': '<f4', 'fortran_order': False, 'shape': (64,), }"
            .formatted(shown.length() <= 200 ? shown : shown.substring(0, 200) + "…"));
  }

  private static ServingException invalid(String name, String what) {
    return new ServingException.Invalid("array '%s' %s".formatted(name, what));
  }
}
