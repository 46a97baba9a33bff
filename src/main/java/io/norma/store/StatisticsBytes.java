package io.norma.store;

import io.norma.kernel.statistics.AffineParameters;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.serving.Sha256;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Vectors as the database keeps them: little-endian, float32 or float64. */
public final class StatisticsBytes {
  private StatisticsBytes() {}

  public static byte[] of(float[] values) {
    byte[] bytes = new byte[4 * values.length];
    littleEndian(bytes).asFloatBuffer().put(values);
    return bytes;
  }

  public static byte[] of(double[] values) {
    byte[] bytes = new byte[8 * values.length];
    littleEndian(bytes).asDoubleBuffer().put(values);
    return bytes;
  }

  public static float[] toFloats(byte[] bytes) {
    float[] values = new float[bytes.length / 4];
    littleEndian(bytes).asFloatBuffer().get(values);
    return values;
  }

  public static double[] toDoubles(byte[] bytes) {
    double[] values = new double[bytes.length / 8];
    littleEndian(bytes).asDoubleBuffer().get(values);
    return values;
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * SHA-256 in hexadecimal over, for every layer in order: its name in UTF-8, a zero byte, C as a
   * little-endian 32-bit number, the means and the variances as little-endian float32; and where it
   * has γ and β of its own, a byte 1, γ and β as these.
   */
  public static String sha256(RunningStatistics statistics) {
    MessageDigest digest = Sha256.digest();
    for (Map.Entry<String, ChannelStatistics> entry : statistics.layers().entrySet()) {
      ChannelStatistics layer = entry.getValue();
      AffineParameters affine = layer.affine();
      addLayer(
          digest,
          entry.getKey(),
          of(layer.mean()),
          of(layer.variance()),
          affine == null ? null : of(affine.gamma()),
          affine == null ? null : of(affine.beta()));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Adds a layer, as it is stored, to what {@link #sha256} is of. */
  static void addLayer(
      MessageDigest digest,
      String layer,
      byte[] mean,
      byte[] variance,
      byte @Nullable [] gamma,
      byte @Nullable [] beta) {
    digest.update(layer.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    byte[] channels = new byte[Integer.BYTES];
    littleEndian(channels).putInt(mean.length / Float.BYTES);
    digest.update(channels);
    digest.update(mean);
    digest.update(variance);
    if (gamma != null && beta != null) {
      digest.update((byte) 1);
      digest.update(gamma);
      digest.update(beta);
    }
  }
}
