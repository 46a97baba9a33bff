package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Lists of axes, which older operator sets give as attributes and newer ones as inputs. */
public final class Axes {
  private Axes() {}

  public static int @Nullable [] read(int @Nullable [] attribute, @Nullable Tensor input) {
    if (attribute != null) {
      return attribute.clone();
    }
    return input == null ? null : integers(input, "axes");
  }

  /** The elements of a tensor of whole numbers. */
  public static int[] integers(Tensor tensor, String name) {
    if (!tensor.dataType().isInteger()) {
      throw new IllegalArgumentException(name + " must be whole numbers, are " + tensor);
    }
    int[] values = new int[tensor.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.clamp(tensor.getLong(i), -Integer.MAX_VALUE, Integer.MAX_VALUE);
    }
    return values;
  }

  /** The only element of a tensor of whole numbers. */
  public static int integer(Tensor tensor, String name) {
    if (tensor.size() != 1) {
      throw new IllegalArgumentException(name + " must be one whole number, is " + tensor);
    }
    return integers(tensor, name)[0];
  }

  /** These axes counted from the front, none twice. */
  public static boolean[] chosen(int[] axes, Shape shape) {
    boolean[] chosen = new boolean[shape.rank()];
    for (int axis : axes) {
      int position = shape.axis(axis);
      if (chosen[position]) {
        throw new IllegalArgumentException("axis " + axis + " is given twice");
      }
      chosen[position] = true;
    }
    return chosen;
  }
}
