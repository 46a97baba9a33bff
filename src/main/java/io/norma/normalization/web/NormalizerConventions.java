package io.norma.normalization.web;

import io.norma.http.codec.Json;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.normalization.Convention;
import io.norma.normalization.NormalizerSettings;
import jakarta.validation.constraints.NotNull;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body that makes a normalizer: what it says nothing of is as its convention has it.
 *
 * @param momentum the weight of a new batch in the running statistics
 * @param decay the weight of the old value; at most one of it, {@code momentum} and {@code
 *     cumulative} is there
 */
record NormalizerConventions(
    @NotNull Integer channels,
    @Nullable Convention convention,
    @Nullable Integer channelAxis,
    @Nullable Double epsilon,
    @Nullable Double momentum,
    @Nullable Double decay,
    @Nullable Boolean cumulative,
    @Nullable VarianceConvention varianceConvention) {
  NormalizerSettings settings() {
    Convention otherwise = Objects.requireNonNullElse(convention, Convention.PYTORCH);
    double weight =
        BatchFields.weight(
            momentum, decay, Boolean.TRUE.equals(cumulative), otherwise, Json::invalid);
    return new NormalizerSettings(
        channels,
        Objects.requireNonNullElse(channelAxis, otherwise.channelAxis()),
        Objects.requireNonNullElse(epsilon, otherwise.epsilon()),
        Boolean.TRUE.equals(cumulative) ? null : (Double) weight,
        Objects.requireNonNullElse(varianceConvention, otherwise.variance()));
  }
}
