package io.norma.http.codec;

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
      header.requireBytes(name, file.size() - header.dataStart());
      arrays.add(
          new NamedArray(name, type(header.type()), header.shape(), () -> elements(header, file)));
    }
    return arrays;
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
    IntUnaryOperator position = header.columnMajorPositions();
    return i -> asTheyLie.applyAsDouble(position.applyAsInt(i));
  }
}
