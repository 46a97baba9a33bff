package io.norma.http.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The elements of a tensor of real numbers in a safetensors file, by their position. */
public final class SafetensorsElements {
  private SafetensorsElements() {}

  /** Reads them out of the file's bytes, or {@code null} if they are of another type. */
  public static @Nullable IntToDoubleFunction of(SafetensorsHeader.Entry entry, byte[] body) {
    return of(
        entry.type(), ByteBuffer.wrap(body, (int) entry.offset(), (int) entry.length()).slice());
  }

  /** Reads them out of bytes, or {@code null} if they are of another type. */
  static @Nullable IntToDoubleFunction of(String type, ByteBuffer littleEndian) {
    ByteBuffer bytes = littleEndian.order(ByteOrder.LITTLE_ENDIAN);
    return switch (type) {
      case "F32" -> i -> bytes.getFloat(4 * i);
      case "F64" -> i -> bytes.getDouble(8 * i);
      case "F16" -> i -> Float.float16ToFloat(bytes.getShort(2 * i));
      case "BF16" -> i -> Float.intBitsToFloat(bytes.getShort(2 * i) << 16);
      default -> null;
    };
  }
}
