package io.norma.onnx.file;

import io.norma.kernel.tensor.WorkLimitException;

/**
 * How many nodes a file may have, with those of its subgraphs and those that functions unfold to.
 *
 * @param name what to change to have more, for messages
 * @param most above 0
 */
public record NodeLimit(String name, int most) {
  /**
   * @throws IllegalArgumentException if it is not above 0
   */
  public NodeLimit {
    if (most < 1) {
      throw new IllegalArgumentException(name + " must be above 0, but is " + most);
    }
  }

  /** As many as can be counted. */
  public static NodeLimit none() {
    return new NodeLimit("nodes", Integer.MAX_VALUE);
  }

  /**
   * Makes sure that these are not too many.
   *
   * @throws WorkLimitException if they are
   */
  public void require(long nodes) {
    if (nodes > most) {
      throw new WorkLimitException(
          "the model has more than the %d nodes of %s, with those of its subgraphs and those that its functions unfold to"
              .formatted(most, name));
    }
  }
}
