package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Random numbers that depend on a seed, on who draws, on the iteration and on the element alone:
 * the i-th number is the i-th output of SplitMix64 (Steele, Lea and Flood 2014, "Fast Splittable
 * Pseudorandom Number Generators") from a key of the other three on. A tensor's first elements are
 * the same however many follow, so a row's numbers depend on its position in the batch, not on the
 * rows behind it.
 *
 * <p>A layer gets the seed of the run and the iteration as a value, its last input: INT64, the
 * iteration's key, and the seed if the run has one.
 */
public final class RandomSource {
  /** What the value goes by in a network; no file has such a name. */
  public static final String NAME = "\0random";

  /** 2⁶⁴ over the golden ratio, SplitMix64's step. */
  private static final long STEP = 0x9E3779B97F4A7C15L;

  private static final double UNIT = 0x1p-53;

  private final long key;

  private RandomSource(long key) {
    this.key = key;
  }

  /** The value that a run's layers get. */
  public static Tensor of(@Nullable Long seed) {
    return seed == null ? Tensor.of(Shape.of(1), new long[] {0}) : Tensor.of(Shape.of(2), 0L, seed);
  }

  /** The value that layers get in an iteration of a loop. */
  public static Tensor inIteration(Tensor around, long iteration) {
    Tensor inside = around.copy();
    inside.setLong(0, mix(around.getLong(0) + STEP * (iteration + 1)));
    return inside;
  }

  /**
   * The numbers that a layer draws.
   *
   * @param run the value that the layer got
   * @param seedOfFile {@code null} if the file gives none
   * @param stream tells the layer from others
   * @throws IllegalArgumentException if neither the file nor the run has a seed
   */
  public static RandomSource of(Tensor run, @Nullable Float seedOfFile, long stream) {
    long seed;
    if (seedOfFile != null) {
      seed = Float.floatToIntBits(seedOfFile);
    } else if (run.size() > 1) {
      seed = run.getLong(1);
    } else {
      throw new IllegalArgumentException(
          "it draws random numbers, and the file gives no seed for them: send the request parameter"
              + " 'seed', a whole number, so that the answer can be had again");
    }
    return new RandomSource(mix(mix(mix(seed + STEP) + stream) + run.getLong(0)));
  }

  /** Stafford's mix 13, SplitMix64's. */
  private static long mix(long bits) {
    long z = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** A number from 0 (inclusive) to 1 (exclusive), of 53 bits. */
  public double uniform(long index) {
    return (mix(key + STEP * (index + 1)) >>> 11) * UNIT;
  }

  /**
   * A number of the standard normal distribution: of two uniform ones, {@code √(−2 ln(1 − u))
   * cos(2π v)} (Box and Muller 1958), in strict arithmetic, so that it is the same on every
   * machine.
   */
  public double normal(long index) {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - uniform(2 * index)));
    return radius * StrictMath.cos(2 * Math.PI * uniform(2 * index + 1));
  }
}
