package io.norma.kernel.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What doubles leave over of exact numbers, one per channel: {@code r_c = Σ_k terms[k][c]}, as a
 * sum of doubles that is not rounded (an expansion, Shewchuk 1997, "Adaptive precision
 * floating-point arithmetic", section 2). The first term is the number rounded to double, each
 * further one what those before leave, rounded; zeros stand behind the last.
 *
 * <p>Exact for multiples of 2^−1074 below 2^1024, of which {@value #MOST_TERMS} terms make any.
 *
 * <p>Immutable; the arrays are not copied, do not write to them.
 *
 * @param terms k vectors of one element per channel; none where nothing is left over
 */
public record Remainder(double[][] terms) {
  /** So many times 53 bits are more than lie between the smallest double and the largest. */
  public static final int MOST_TERMS = 40;

  /** Nothing. */
  public static final Remainder NONE = new Remainder(new double[0][]);

  /** From vectors behind one another, as {@link #flat} makes them. */
  public static Remainder ofFlat(double[] flat, int channels) {
    double[][] terms = new double[channels == 0 ? 0 : flat.length / channels][];
    for (int k = 0; k < terms.length; k++) {
      terms[k] = Arrays.copyOfRange(flat, k * channels, (k + 1) * channels);
    }
    return new Remainder(terms);
  }

  /** All vectors behind one another. */
  public double[] flat() {
    return Arrays.stream(terms).flatMapToDouble(Arrays::stream).toArray();
  }

  /**
   * Numbers, one per channel, to the last bit.
   *
   * @throws IllegalArgumentException if one is 2^1024 or more
   */
  static Remainder of(ExactNumber[] numbers) {
    List<double[]> terms = new ArrayList<>();
    for (int c = 0; c < numbers.length; c++) {
      ExactNumber left = numbers[c];
      for (int k = 0; !left.isZero(); k++) {
        if (k == terms.size()) {
          terms.add(new double[numbers.length]);
        }
        double term = left.toDouble();
        left = left.minus(ExactNumber.of(term));
        terms.get(k)[c] = term;
      }
    }
    return terms.isEmpty() ? NONE : new Remainder(terms.toArray(double[][]::new));
  }

  /** r of a channel. */
  ExactNumber exact(int channel) {
    ExactNumber sum = ExactNumber.ZERO;
    for (double[] term : terms) {
      sum = sum.plus(ExactNumber.of(term[channel]));
    }
    return sum;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Remainder remainder && Arrays.deepEquals(terms, remainder.terms);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(terms);
  }

  @Override
  public String toString() {
    return "Remainder[terms=" + terms.length + "]";
  }
}
