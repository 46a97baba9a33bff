package io.norma.admission;

/**
 * Where one that waits to compute stands: a lower level goes first, and of one level who came
 * first.
 *
 * @param level from 1; {@link #BACKGROUND} for what nobody waits for
 * @param deadline until when it is worth while, by {@link System#nanoTime}; {@link #NO_DEADLINE} if
 *     it always is
 */
public record Turn(int level, long deadline) {
  /** The level of what nobody waits for, such as warming a model. */
  static final int BACKGROUND = Integer.MAX_VALUE;

  /** A time that {@link System#nanoTime} does not reach. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /** That of those who ask for nothing special. */
  static final int USUAL = 5;

  /** Among the others, for as long as it takes. */
  public static Turn usual() {
    return new Turn(USUAL, NO_DEADLINE);
  }

  /** Nanoseconds that are left, at most 0 if it is too late. */
  public long left() {
    return deadline == NO_DEADLINE ? Long.MAX_VALUE : deadline - System.nanoTime();
  }
}
