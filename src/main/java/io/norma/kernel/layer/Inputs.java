package io.norma.kernel.layer;

import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TensorSequence;
import io.norma.kernel.tensor.Value;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The inputs of one call of a {@link Layer}, by position; optional ones may be absent. */
public final class Inputs {
  private final @Nullable Value[] values;

  private Inputs(@Nullable Value[] values) {
    this.values = values;
  }

  /** These values in this order, {@code null} for an absent one. The array is not copied. */
  public static Inputs of(@Nullable Value... values) {
    return new Inputs(values);
  }

  /** How many positions there are, absent ones included. */
  public int size() {
    return values.length;
  }

  /** Whether there is a value at this position. */
  public boolean has(int index) {
    return index < values.length && values[index] != null;
  }

  /**
   * The tensor at this position.
   *
   * @throws IllegalArgumentException if it is absent or a sequence
   */
  public Tensor get(int index) {
    Tensor tensor = optional(index);
    if (tensor == null) {
      throw absent(index);
    }
    return tensor;
  }

  /**
   * The tensor at this position, or {@code null}.
   *
   * @throws IllegalArgumentException if it is a sequence
   */
  public @Nullable Tensor optional(int index) {
    Value value = index < values.length ? values[index] : null;
    if (value instanceof TensorSequence) {
      throw new IllegalArgumentException(
          "expected a tensor as input %d, got %s".formatted(index, value));
    }
    return (Tensor) value;
  }

  /**
   * The sequence at this position.
   *
   * @throws IllegalArgumentException if it is absent or a tensor
   */
  public TensorSequence sequence(int index) {
    return switch (value(index)) {
      case TensorSequence sequence -> sequence;
      case Tensor tensor ->
          throw new IllegalArgumentException(
              "expected a sequence as input %d, got %s".formatted(index, tensor));
    };
  }

  /**
   * The tensor or sequence at this position.
   *
   * @throws IllegalArgumentException if it is absent
   */
  public Value value(int index) {
    Value value = index < values.length ? values[index] : null;
    if (value == null) {
      throw absent(index);
    }
    return value;
  }

  private static IllegalArgumentException absent(int index) {
    return new IllegalArgumentException("input " + index + " is required, but is absent");
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
    return Arrays.toString(values);
  }
}
