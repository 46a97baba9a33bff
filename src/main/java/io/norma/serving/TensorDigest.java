package io.norma.serving;

import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * SHA-256 of named tensors, which a client can compute of what it sent and what it got. For each
 * tensor in order, all numbers little-endian:
 *
 * <pre>
 * bytes of the name, in UTF-8        uint32, then these bytes
 * bytes of the data type's name      uint32, then these bytes, such as FP32
 * number of axes                     uint32, then the extent of each as uint64
 * bytes of the elements              uint64, then these bytes, as the binary tensor extension has them
 * </pre>
 *
 * <p>Every element that is no number counts as the one with the first bit of the fraction set and
 * no other but the exponent's (0x7FC00000 in FP32): JSON does not tell them apart, nor does Java
 * say which of them a sum has.
 */
public final class TensorDigest {
  private static final int CHUNK = 1 << 10;
  private static final short FP16_INFINITY = 0x7C00;
  private static final short FP16_NAN = 0x7E00;
  private static final short BF16_INFINITY = 0x7F80;
  private static final short BF16_NAN = 0x7FC0;
  private static final int MAGNITUDE = 0x7FFF;

  private final MessageDigest digest = Sha256.digest();
  private final ByteBuffer buffer =
      ByteBuffer.allocate(CHUNK * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private TensorDigest() {}

  /** In hexadecimal. */
  public static String of(List<NamedTensor> tensors) {
    TensorDigest all = new TensorDigest();
    tensors.forEach(all::add);
    return HexFormat.of().formatHex(all.digest.digest());
  }

  private void add(NamedTensor named) {
    ElementType type = named.elementType();
    Tensor tensor = named.tensor();
    addText(named.name());
    addText(type.name());
    Shape shape = tensor.shape();
    buffer.putInt(shape.rank());
    flush();
    for (int axis = 0; axis < shape.rank(); axis++) {
      buffer.putLong(shape.dimension(axis));
      flush();
    }
    buffer.putLong((long) tensor.size() * type.bytes());
    flush();
    for (int from = 0; from < tensor.size(); from += CHUNK) {
      putElements(tensor, type, from, Math.min(tensor.size(), from + CHUNK));
      flush();
    }
  }

  private void addText(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    buffer.putInt(bytes.length);
    flush();
    digest.update(bytes);
  }

  private void putElements(Tensor tensor, ElementType type, int from, int to) {
    int offset = tensor.offset();
    switch (tensor.array()) {
      case float[] floats -> {
        for (int i = offset + from; i < offset + to; i++) {
          if (type.isNarrow()) {
            buffer.putShort(oneNaN(type.narrow(floats[i]), type));
          } else {
            buffer.putInt(Float.floatToIntBits(floats[i]));
          }
        }
      }
      case double[] doubles -> {
        for (int i = offset + from; i < offset + to; i++) {
          buffer.putLong(Double.doubleToLongBits(doubles[i]));
        }
      }
      case long[] longs -> buffer.asLongBuffer().put(longs, offset + from, to - from);
      case int[] ints -> buffer.asIntBuffer().put(ints, offset + from, to - from);
      case short[] shorts -> buffer.asShortBuffer().put(shorts, offset + from, to - from);
      default -> buffer.put(tensor.bytes(), offset + from, to - from);
    }
    // Views do not move the buffer that they are of.
    buffer.position((to - from) * type.bytes());
  }

  private static short oneNaN(short bits, ElementType type) {
    short infinity = type == ElementType.FP16 ? FP16_INFINITY : BF16_INFINITY;
    short nan = type == ElementType.FP16 ? FP16_NAN : BF16_NAN;
    return (bits & MAGNITUDE) > infinity ? nan : bits;
  }

  private void flush() {
    digest.update(buffer.flip());
    buffer.clear();
  }
}
