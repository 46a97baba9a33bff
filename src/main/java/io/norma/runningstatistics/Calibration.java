package io.norma.runningstatistics;

import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.serving.NetworkIdentity;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A pass over unlabelled batches that is to yield a revision.
 *
 * @param network that the batches run through
 * @param set which set the revision goes to
 * @param minimumSamples rows that are needed before it can be published
 * @param batches how many came so far
 * @param samples rows of all batches
 * @param publishedRevision what became of it; absent while it goes on
 */
public record Calibration(
    String id,
    NetworkIdentity network,
    String set,
    Estimator estimator,
    VarianceConvention varianceConvention,
    long minimumSamples,
    Instant createdAt,
    String createdBy,
    long batches,
    long samples,
    @Nullable Integer publishedRevision) {}
