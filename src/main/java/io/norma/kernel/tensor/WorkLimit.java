package io.norma.kernel.tensor;

/**
 * How many operations may be computed, all together.
 *
 * @param name what to change to have more, for messages
 * @param most above 0
 */
public record WorkLimit(String name, long most) {
  /**
   * @throws IllegalArgumentException if it is not above 0
   */
  public WorkLimit {
    if (most < 1) {
      throw new IllegalArgumentException(name + " must be above 0, but is " + most);
    }
  }

  /** As many as can be counted. */
  public static WorkLimit none() {
    return new WorkLimit("operations", Long.MAX_VALUE);
  }

  /**
   * Adds what is about to be computed.
   *
   * @param done operations so far
   * @param more those that are to come
   * @return their sum
   * @throws WorkLimitException if that is above the limit
   */
  public long add(long done, long more) {
    if (more > most - done) {
      throw new WorkLimitException(
          "about %s operations are needed, more than the %d of %s"
              .formatted(done > Long.MAX_VALUE - more ? "2^63" : done + more, most, name));
    }
    return done + more;
  }

  /** How many operations so many times so many are, at most {@link Long#MAX_VALUE}. */
  public static long product(long... factors) {
    long product = 1;
    for (long factor : factors) {
      if (factor == 0) {
        return 0;
      }
      product = product > Long.MAX_VALUE / factor ? Long.MAX_VALUE : product * factor;
    }
    return product;
  }
}
