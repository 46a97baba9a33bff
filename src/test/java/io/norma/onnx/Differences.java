package io.norma.onnx;

import io.norma.kernel.tensor.Tensor;
import java.lang.reflect.Array;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells tensors apart. */
public final class Differences {
  /** The relative and absolute tolerance of ONNX's own test runner. */
  private static final double RELATIVE = 1e-3;

  private static final double ABSOLUTE = 1e-7;

  private Differences() {}

  /** The first difference beyond the tolerance of ONNX's own test runner, or {@code null}. */
  public static @Nullable String beyondTolerance(List<Tensor> expected, List<Tensor> actual) {
    return beyond(RELATIVE, ABSOLUTE, expected, actual);
  }

  /** The first difference of real numbers beyond what is allowed, or of others, or {@code null}. */
  static @Nullable String beyond(
      double relative, double absolute, List<Tensor> expected, List<Tensor> actual) {
    return first(expected, actual, (e, a, index) -> areClose(e, a, index, relative, absolute));
  }

  /** The first element that is not the same to the bit, or {@code null}. */
  public static @Nullable String inBits(List<Tensor> expected, List<Tensor> actual) {
    return first(expected, actual, Differences::haveSameBits);
  }

  private interface Likeness {
    boolean holds(Tensor expected, Tensor actual, int index);
  }

  private static @Nullable String first(
      List<Tensor> expected, List<Tensor> actual, Likeness likeness) {
    if (expected.size() != actual.size()) {
      return "expected %d outputs, got %d".formatted(expected.size(), actual.size());
    }
    for (int i = 0; i < expected.size(); i++) {
      Tensor e = expected.get(i);
      Tensor a = actual.get(i);
      if (e.dataType() != a.dataType() || !e.shape().equals(a.shape())) {
        return "output %d: expected %s, got %s".formatted(i, e, a);
      }
      for (int j = 0; j < e.size(); j++) {
        if (!likeness.holds(e, a, j)) {
          return "output %d, element %d: expected %s, got %s"
              .formatted(i, j, element(e, j), element(a, j));
        }
      }
    }
    return null;
  }

  private static boolean areClose(
      Tensor expected, Tensor actual, int index, double relative, double absolute) {
    if (!expected.dataType().isFloatingPoint()) {
      return expected.getLong(index) == actual.getLong(index);
    }
    double e = expected.getDouble(index);
    double a = actual.getDouble(index);
    return Double.compare(e, a) == 0 || Math.abs(e - a) <= absolute + relative * Math.abs(e);
  }

  private static boolean haveSameBits(Tensor expected, Tensor actual, int index) {
    return element(expected, index).equals(element(actual, index));
  }

  private static Object element(Tensor tensor, int index) {
    return Array.get(tensor.array(), tensor.offset() + index);
  }
}
