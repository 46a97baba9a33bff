package io.norma.http.codec;

import io.norma.serving.ServingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** NumPy's archive of arrays: a zip archive with a file {@code name.npy} for each. */
public final class NpzFile {
  private static final String ENDING = ".npy";

  private NpzFile() {}

  /** Whether an archive is one: it has arrays, and nothing else. */
  public static boolean isNpz(List<ZippedFile> files) {
    return !files.isEmpty() && files.stream().allMatch(file -> file.name().endsWith(ENDING));
  }

  /**
   * The arrays of an archive, in its order. Their headers are read; elements are when they are
   * asked for.
   *
   * @throws ServingException.Invalid if a header does not fit its bytes
   */
  public static List<NamedArray> read(List<ZippedFile> files) {
    List<NamedArray> arrays = new ArrayList<>();
    for (ZippedFile file : files) {
      String name = file.name().substring(0, file.name().length() - ENDING.length());
      NpyHeader header = NpyHeader.read(file.first(NpyHeader.PREFIX + NpyHeader.LONGEST), name);
      requireAll(name, header, file.size() - header.dataStart());
      arrays.add(
          new NamedArray(name, type(header.type()), header.shape(), () -> elements(header, file)));
    }
    return arrays;
  }

  private static void requireAll(String name, NpyHeader header, long bytes) {
    long size = header.size(name);
    Integer each = header.elementBytes();
    if (each != null && (size > Integer.MAX_VALUE || size * each != bytes)) {
      throw new ServingException.Invalid(
          "array '%s' (%s, shape %s) has %d bytes, but it needs %d times %d"
              .formatted(name, header.type(), header.shape(), bytes, size, each));
    }
  }

  /** In the words of safetensors, where they have one. */
  private static String type(String numpy) {
    return switch (numpy) {
      case "<f2", ">f2" -> "F16";
      case "<f4", ">f4" -> "F32";
      case "<f8", ">f8" -> "F64";
      default -> numpy;
    };
  }

  private static @Nullable IntToDoubleFunction elements(NpyHeader header, ZippedFile file) {
    String type = header.type();
    if (type(type).equals(type)) {
      return null;
    }
    byte[] all = file.all();
    ByteBuffer bytes =
        ByteBuffer.wrap(all, header.dataStart(), all.length - header.dataStart())
            .slice()
            .order(type.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    IntToDoubleFunction asTheyLie =
        switch (type.substring(1)) {
          case "f2" -> i -> Float.float16ToFloat(bytes.getShort(2 * i));
          case "f4" -> i -> bytes.getFloat(4 * i);
          default -> i -> bytes.getDouble(8 * i);
        };
    if (!header.columnMajor() || header.shape().size() < 2) {
      return asTheyLie;
    }
    IntUnaryOperator position = columnMajor(header.shape());
    return i -> asTheyLie.applyAsDouble(position.applyAsInt(i));
  }

  /** Where the element lies whose position is counted with the last axis running fastest. */
  private static IntUnaryOperator columnMajor(List<Long> shape) {
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
}
