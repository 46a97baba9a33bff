package io.norma.normalization;

import io.norma.kernel.tensor.Tensor;

/**
 * Gradients.
 *
 * @param gamma of the shape of γ, or of its table
 * @param beta of the shape of β, or of its table
 * @param perTable whether γ and β came from tables
 */
public record GradientResult(Tensor input, Tensor gamma, Tensor beta, boolean perTable) {}
