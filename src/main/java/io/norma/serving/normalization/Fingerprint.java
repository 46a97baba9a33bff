package io.norma.serving.normalization;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** SHA-256 of tensors: equal for equal types, shapes and elements. */
final class Fingerprint {
  private static final int CHUNK = 1 << 13;

  private Fingerprint() {}

  static String of(@Nullable Tensor... tensors) {
    MessageDigest digest = digest();
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK * Double.BYTES);
    for (Tensor tensor : tensors) {
      digest.update(String.valueOf(tensor).getBytes(StandardCharsets.UTF_8));
      for (int i = 0; tensor != null && i < tensor.size(); i += CHUNK) {
        int count = Math.min(CHUNK, tensor.size() - i);
        int from = tensor.offset() + i;
        buffer.clear();
        if (tensor.dataType() == DataType.FP32) {
          buffer.asFloatBuffer().put(tensor.floats(), from, count);
        } else {
          buffer.asDoubleBuffer().put(tensor.doubles(), from, count);
        }
        digest.update(buffer.array(), 0, count * tensor.dataType().bytes());
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
