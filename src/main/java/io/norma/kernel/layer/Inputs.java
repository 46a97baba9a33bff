package io.norma.kernel.layer;

import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The inputs of one call of a {@link Layer}, by position; optional ones may be absent. */
public final class Inputs {
  private final @Nullable Tensor[] tensors;

  private Inputs(@Nullable Tensor[] tensors) {
    this.tensors = tensors;
  }

  /** These tensors in this order, {@code null} for an absent one. The array is not copied. */
  public static Inputs of(@Nullable Tensor... tensors) {
    return new Inputs(tensors);
  }

  /** How many positions there are, absent ones included. */
  public int size() {
    return tensors.length;
  }

  /** Whether there is a tensor at this position. */
  public boolean has(int index) {
    return index < tensors.length && tensors[index] != null;
  }

  /**
   * The tensor at this position.
   *
   * @throws IllegalArgumentException if it is absent
   */
  public Tensor get(int index) {
    Tensor tensor = optional(index);
    if (tensor == null) {
      throw new IllegalArgumentException("input " + index + " is required, but is absent");
    }
    return tensor;
  }

  /** The tensor at this position, or {@code null}. */
  public @Nullable Tensor optional(int index) {
    return index < tensors.length ? tensors[index] : null;
  }

  /**
   * The tensor of one element at this position, or {@code null}.
   *
   * @throws IllegalArgumentException if it has another number of elements
   */
  public @Nullable Tensor optionalScalar(int index) {
    Tensor tensor = optional(index);
    if (tensor != null && tensor.size() != 1) {
      throw new IllegalArgumentException(
          "expected one element as input %d, got %s".formatted(index, tensor));
    }
    return tensor;
  }

  @Override
  public String toString() {
    return Arrays.toString(tensors);
  }
}
