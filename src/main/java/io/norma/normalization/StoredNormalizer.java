package io.norma.normalization;

import io.norma.kernel.statistics.VarianceConvention;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A normalizer: what it was made with, and what it remembers.
 *
 * @param momentum the weight of a new batch, {@code null} where all values count alike
 */
public record StoredNormalizer(
    String name,
    int channels,
    int channelAxis,
    double epsilon,
    @Nullable Double momentum,
    VarianceConvention varianceConvention,
    Instant createdAt,
    NormalizerState state) {}
