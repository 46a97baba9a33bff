package io.norma.runningstatistics;

import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.certificate.Certificate;
import io.norma.serving.NetworkIdentity;
import io.norma.store.StatisticsBytes;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a revision beside its numbers. Immutable, as the revision is.
 *
 * @param network whose it is
 * @param sha256 of the numbers, by {@link StatisticsBytes#sha256}, in hexadecimal
 * @param createdAt absent for what came with a model
 * @param createdBy who loaded it
 * @param source where it came from, in the words of who loaded it
 * @param sampleCount how many samples it was estimated from, if known
 * @param channels of all layers together
 * @param certificate of the calibration that it came of
 */
public record RevisionMetadata(
    NetworkIdentity network,
    RevisionName name,
    String sha256,
    @Nullable Instant createdAt,
    String createdBy,
    String source,
    @Nullable Long sampleCount,
    VarianceConvention varianceConvention,
    long channels,
    @Nullable Certificate certificate) {
  /** Whether it came of a calibration that was looked at. */
  public boolean isCertified() {
    return certificate != null;
  }
}
