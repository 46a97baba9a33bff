package io.norma.serving;

import io.norma.kernel.tensor.Tensor;

/** A tensor by the name that the network gives it. */
public record NamedTensor(String name, Tensor tensor) {}
