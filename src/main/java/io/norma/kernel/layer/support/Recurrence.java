package io.norma.kernel.layer.support;

import java.util.List;

/**
 * What recurrent layers share.
 *
 * @param batchFirst whether x is (N, T, I) and y (N, T, directions, H) with states (N, directions,
 *     H), instead of (T, N, I), (T, directions, N, H) and (directions, N, H)
 * @param hiddenSize H, or 0 to take it from the weights
 * @param activations for each direction as many as the layer has functions
 * @param clip bound of what goes into the activations; infinite for none
 */
public record Recurrence(
    Direction direction,
    boolean batchFirst,
    int hiddenSize,
    List<GateActivation> activations,
    double clip) {

  /** Which way the sequence is read. */
  public enum Direction {
    FORWARD,
    REVERSE,
    BIDIRECTIONAL
  }

  /**
   * @throws IllegalArgumentException if the clip is not positive
   */
  public Recurrence {
    activations = List.copyOf(activations);
    if (!(clip > 0)) {
      throw new IllegalArgumentException("clip must be positive, got " + clip);
    }
  }

  public int directions() {
    return direction == Direction.BIDIRECTIONAL ? 2 : 1;
  }

  public boolean isReverse(int index) {
    return direction == Direction.REVERSE || index == 1;
  }

  /**
   * Requires as many activations as the layer has functions.
   *
   * @throws IllegalArgumentException if there are more or fewer
   */
  public void requireActivations(int functions) {
    if (activations.size() != functions * directions()) {
      throw new IllegalArgumentException(
          "expected %d activations for %d direction(s), got %d"
              .formatted(functions * directions(), directions(), activations.size()));
    }
  }

  /** An activation of one direction, after clipping. */
  public double activate(int direction, int function, double x) {
    int functions = activations.size() / directions();
    double clipped = Math.max(-clip, Math.min(clip, x));
    return activations.get(direction * functions + function).apply(clipped);
  }
}
