package io.norma.runningstatistics;

import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.certificate.Certificate;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Running statistics that are to become a revision.
 *
 * @param certificate whether they are fit for use, where that was looked at
 */
public record NewRevision(
    RunningStatistics statistics,
    String createdBy,
    String source,
    @Nullable Long sampleCount,
    VarianceConvention varianceConvention,
    @Nullable Certificate certificate) {
  private static final int LONGEST_SOURCE = 1024;

  public NewRevision {
    if (source.length() > LONGEST_SOURCE) {
      throw new IllegalArgumentException(
          "source may have %d characters, but has %d".formatted(LONGEST_SOURCE, source.length()));
    }
    if (source.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(source)) {
      throw new IllegalArgumentException("source has characters that cannot be stored");
    }
    if (sampleCount != null && sampleCount < 0) {
      throw new IllegalArgumentException(
          "sample_count must not be negative, but is " + sampleCount);
    }
  }

  /** Without a certificate. */
  public NewRevision(
      RunningStatistics statistics,
      String createdBy,
      String source,
      @Nullable Long sampleCount,
      VarianceConvention varianceConvention) {
    this(statistics, createdBy, source, sampleCount, varianceConvention, null);
  }

  /** What another revision has, with its certificate. */
  public static NewRevision copyOf(
      RunningStatistics statistics, RevisionMetadata other, String createdBy, String source) {
    return new NewRevision(
        statistics,
        createdBy,
        source,
        other.sampleCount(),
        other.varianceConvention(),
        other.certificate());
  }

  public long channels() {
    return statistics.layers().values().stream().mapToLong(layer -> layer.channels()).sum();
  }
}
