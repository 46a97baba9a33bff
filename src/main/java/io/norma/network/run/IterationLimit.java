package io.norma.network.run;

/**
 * How many iterations the loops of one run may take, all of them together: a loop that does not end
 * by itself ends there.
 *
 * @param name what to change to have more, for messages
 * @param most above 0
 */
public record IterationLimit(String name, long most) {
  /**
   * @throws IllegalArgumentException if it is not above 0
   */
  public IterationLimit {
    if (most < 1) {
      throw new IllegalArgumentException(name + " must be above 0, but is " + most);
    }
  }

  /** As many as can be counted. */
  public static IterationLimit none() {
    return new IterationLimit("iterations", Long.MAX_VALUE);
  }
}
