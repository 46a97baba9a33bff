package io.norma.store;

import io.norma.kernel.tensor.Tensor;
import io.norma.serving.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** SHA-256 of tensors: equal for equal types, shapes and elements, to the bit. */
final class Fingerprint {
  private static final int CHUNK = 1 << 13;

  private final MessageDigest digest = Sha256.digest();
  private final ByteBuffer buffer = ByteBuffer.allocate(CHUNK * Long.BYTES);

  Fingerprint add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
    return this;
  }

  Fingerprint add(@Nullable Tensor tensor) {
    if (tensor == null) {
      return add("none");
    }
    add(tensor.toString());
    for (int from = 0; from < tensor.size(); from += CHUNK) {
      int to = Math.min(tensor.size(), from + CHUNK);
      buffer.clear();
      for (int i = from; i < to; i++) {
        buffer.putLong(
            tensor.dataType().isFloatingPoint()
                ? Double.doubleToLongBits(tensor.getDouble(i))
                : tensor.getLong(i));
      }
      digest.update(buffer.flip());
    }
    return this;
  }

  /** In hexadecimal. */
  String value() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
