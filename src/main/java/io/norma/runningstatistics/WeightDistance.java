package io.norma.runningstatistics;

import java.util.List;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** How far two tensors of weights are apart. */
final class WeightDistance {
  private final SourceWeight own;
  private final SourceWeight other;

  private WeightDistance(SourceWeight own, SourceWeight other) {
    this.own = own;
    this.other = other;
  }

  /**
   * What tells them apart, or {@code null} if they are the same but for rounding, for axes of
   * extent 1 and for being transposed. Where axes are in another order, nothing can be told.
   */
  static @Nullable String between(SourceWeight own, SourceWeight other) {
    return new WeightDistance(own, other).describe();
  }

  private @Nullable String describe() {
    if (own.size() != other.size()) {
      return shapes();
    }
    double straight = largestDifference(i -> i);
    if (straight == 0 || straight <= tolerance()) {
      return null;
    }
    List<Long> extents = own.extents();
    boolean same = extents.equals(other.extents());
    if (extents.size() == 2 && extents.reversed().equals(other.extents())) {
      int rows = Math.toIntExact(extents.get(0));
      int columns = Math.toIntExact(extents.get(1));
      double transposed = largestDifference(i -> i % columns * rows + i / columns);
      if (transposed <= tolerance()) {
        return null;
      }
      return values(same ? Math.min(straight, transposed) : transposed);
    }
    if (same) {
      return values(straight);
    }
    boolean reordered =
        extents.stream().sorted().toList().equals(other.extents().stream().sorted().toList());
    return reordered ? null : shapes();
  }

  private String shapes() {
    return "of shape %s instead of %s".formatted(other.shape(), own.shape());
  }

  private String values(double difference) {
    return String.format(
        Locale.ROOT, "off by up to %.3g, where the largest is %.3g", difference, largest());
  }

  private double tolerance() {
    return own.precision().coarser(other.precision()).tolerance(largest());
  }

  private double largest() {
    double largest = 0;
    int size = Math.toIntExact(own.size());
    for (int i = 0; i < size; i++) {
      double value = Math.abs(own.element().applyAsDouble(i));
      // Of numbers that are not finite there is nothing to be a share of.
      if (value > largest && value < Double.POSITIVE_INFINITY) {
        largest = value;
      }
    }
    return largest;
  }

  /**
   * @param position where the other tensor has the element that this one has at a position
   */
  private double largestDifference(IntUnaryOperator position) {
    double largest = 0;
    int size = Math.toIntExact(own.size());
    for (int i = 0; i < size; i++) {
      double a = own.element().applyAsDouble(i);
      double b = other.element().applyAsDouble(position.applyAsInt(i));
      if (Double.compare(a, b) != 0) {
        double difference = Math.abs(a - b);
        if (!(difference <= largest)) {
          largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
        }
      }
    }
    return largest;
  }
}
