package io.norma.network.steps;

import io.norma.kernel.tensor.Memory;
import io.norma.network.ExecutionObserver;
import io.norma.network.Normalization;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to one run of a plan and not to the plan.
 *
 * @param memory where outputs and scratch space come from
 * @param normalization how its batch normalizations normalize
 * @param observer sees the values before each batch normalization, in a plan compiled for
 *     observation
 * @param seed of random numbers, if the run has one
 */
public record Run(
    Memory memory, Normalization normalization, ExecutionObserver observer, @Nullable Long seed) {
  /** A run without a seed. */
  public Run(Memory memory, Normalization normalization, ExecutionObserver observer) {
    this(memory, normalization, observer, null);
  }
}
