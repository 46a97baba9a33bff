package io.norma.kernel.layer.support;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Tensor;

/** What becomes of an element that an update meets. */
public enum ScatterReduction {
  /** The update takes its place. */
  NONE,
  /** The sum of both; of BOOL, whether either holds. */
  ADD,
  /** The product of both; of BOOL, whether both hold. */
  MULTIPLY,
  /** The larger of both. */
  MAXIMUM,
  /** The smaller of both. */
  MINIMUM;

  /**
   * The reduction by its name in ONNX.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public static ScatterReduction of(String name) {
    return switch (name) {
      case "none" -> NONE;
      case "add" -> ADD;
      case "mul" -> MULTIPLY;
      case "max" -> MAXIMUM;
      case "min" -> MINIMUM;
      default ->
          throw new IllegalArgumentException(
              "reduction must be 'none', 'add', 'mul', 'max' or 'min', is '" + name + "'");
    };
  }

  public void apply(Tensor y, int index, Tensor updates, int update) {
    if (this == NONE) {
      System.arraycopy(
          updates.array(), updates.offset() + update, y.array(), y.offset() + index, 1);
    } else if (y.dataType().isFloatingPoint()) {
      y.setDouble(index, reals(y.getDouble(index), updates.getDouble(update)));
    } else {
      int order = Elementwise.compare(y, index, updates, update);
      y.setLong(index, whole(y.getLong(index), updates.getLong(update), order));
    }
  }

  private double reals(double a, double b) {
    return switch (this) {
      case NONE -> b;
      case ADD -> a + b;
      case MULTIPLY -> a * b;
      case MAXIMUM -> Math.max(a, b);
      case MINIMUM -> Math.min(a, b);
    };
  }

  private long whole(long a, long b, int order) {
    return switch (this) {
      case NONE -> b;
      case ADD -> a + b;
      case MULTIPLY -> a * b;
      case MAXIMUM -> order >= 0 ? a : b;
      case MINIMUM -> order <= 0 ? a : b;
    };
  }
}
