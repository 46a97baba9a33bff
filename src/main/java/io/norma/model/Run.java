package io.norma.model;

import io.norma.kernel.tensor.Memory;

/**
 * What belongs to one run of a plan and not to the plan.
 *
 * @param memory where outputs and scratch space come from
 * @param normalization how its batch normalizations normalize
 * @param observer sees the values before each batch normalization, in a plan compiled for
 *     observation
 */
record Run(Memory memory, Normalization normalization, ExecutionObserver observer) {}
