package io.norma.normalization;

import io.norma.kernel.tensor.Tensor;

/**
 * Rows normalized each by itself.
 *
 * @param mean (rows, groups)
 * @param variance population, (rows, groups)
 */
public record SampleResult(Tensor output, Tensor mean, Tensor variance) {}
