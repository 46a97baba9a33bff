package io.norma.normalization;

import io.norma.kernel.statistics.ChannelMoments;

/**
 * What a normalizer remembers after some batches.
 *
 * @param batches how many there were, merged ones included
 * @param moments of all their values
 * @param runningMean as its conventions keep it, (C)
 * @param runningVariance as its conventions keep it, (C)
 */
public record NormalizerState(
    long batches, ChannelMoments moments, double[] runningMean, double[] runningVariance) {}
