package io.norma.runningstatistics.recalibration;

import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NamedTensor;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.Sha256;
import io.norma.store.IdempotencyKey;
import io.norma.store.KeyedChange;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is to become of rows that come in one call.
 *
 * @param set which set the revision goes to
 * @param batchSize rows that run through the network together; the last batch may have fewer
 * @param estimator how batches become one estimate
 * @param varianceConvention what variances are divided by
 * @param activate whether the revision becomes active in the same transaction
 * @param source where it comes from, in the caller's words; empty for none
 */
public record Recalibration(
    String set,
    int batchSize,
    Estimator estimator,
    VarianceConvention varianceConvention,
    boolean activate,
    String source) {
  /**
   * The call by its key, by what it asks for and by its rows.
   *
   * @return {@code null} without a key
   */
  @Nullable KeyedChange keyed(@Nullable String key, InferenceRequest rows) {
    if (key == null) {
      return null;
    }
    List<NamedTensor> parts = new ArrayList<>();
    parts.add(
        new NamedTensor(
            String.join(
                "\n",
                set,
                estimator.name(),
                varianceConvention.name(),
                Boolean.toString(activate),
                source),
            Tensor.of(Shape.of(1), batchSize)));
    rows.inputs().stream().sorted(Comparator.comparing(NamedTensor::name)).forEach(parts::add);
    return IdempotencyKey.of(key, parts);
  }

  /** The id that a calibration of this key gets: the same for a network whenever the key is. */
  static String id(NetworkIdentity network, @Nullable String key) {
    if (key == null) {
      return UUID.randomUUID().toString();
    }
    String text = String.join("\n", network.model(), "" + network.version(), network.sha256(), key);
    ByteBuffer hash =
        ByteBuffer.wrap(Sha256.digest().digest(text.getBytes(StandardCharsets.UTF_8)));
    // Version 8 and the variant of RFC 9562, section 5.8: the rest is whatever one likes.
    return new UUID(
            (hash.getLong() & ~0xF000L) | 0x8000L, (hash.getLong() & (~0L >>> 2)) | (1L << 63))
        .toString();
  }
}
