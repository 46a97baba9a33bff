package io.norma.kernel.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * Tensors of one type in an order, each of a shape of its own: a sequence of ONNX. Immutable; it
 * holds the tensors themselves, no copies.
 *
 * <p>It has no place in a memory plan; what it takes besides its tensors is reserved by {@link
 * Memory#sequence}.
 */
public final class TensorSequence implements Value {
  private final DataType dataType;
  private final List<Tensor> tensors;

  private TensorSequence(DataType dataType, List<Tensor> tensors) {
    this.dataType = dataType;
    this.tensors = tensors;
  }

  /**
   * A sequence of these tensors.
   *
   * @throws IllegalArgumentException if one is of another type
   */
  public static TensorSequence of(DataType dataType, List<Tensor> tensors) {
    for (Tensor tensor : tensors) {
      if (tensor.dataType() != dataType) {
        throw new IllegalArgumentException(
            "expected tensors of %s in a sequence, got %s".formatted(dataType, tensor));
      }
    }
    return new TensorSequence(dataType, List.copyOf(tensors));
  }

  /** The type of its tensors, which one of no tensors has as well. */
  public DataType dataType() {
    return dataType;
  }

  /** How many tensors there are. */
  public int length() {
    return tensors.size();
  }

  public Tensor get(int position) {
    return tensors.get(position);
  }

  @Override
  public List<Tensor> tensors() {
    return tensors;
  }

  /** The tensors, to change and to make another sequence of. */
  public List<Tensor> toList() {
    return new ArrayList<>(tensors);
  }

  @Override
  public String toString() {
    return "a sequence of %d tensors of %s".formatted(tensors.size(), dataType);
  }
}
