package io.norma.network.control;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.Value;
import io.norma.network.TensorMetadata;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value that each iteration of a loop makes one of, to be stacked along a new axis 0.
 *
 * @param dataType as declared, for a loop without iterations; {@code null} if it is not
 * @param shape of one of them as declared, {@link TensorMetadata#DYNAMIC} where that is open
 */
public record ScanOutput(@Nullable DataType dataType, List<Long> shape) {
  /** What a list of values takes for each. */
  static final long BYTES_EACH = 128;

  public ScanOutput {
    shape = List.copyOf(shape);
  }

  /**
   * All of them in one tensor.
   *
   * @throws IllegalArgumentException if they are not tensors of one type and shape
   */
  Tensor stack(List<? extends Value> made, Memory memory) {
    if (made.isEmpty()) {
      return empty(memory);
    }
    Tensor first = tensor(made.getFirst());
    int[] extents = new int[1 + first.shape().rank()];
    extents[0] = made.size();
    System.arraycopy(first.shape().dimensions(), 0, extents, 1, extents.length - 1);
    Tensor stacked = memory.allocate(first.dataType(), Shape.of(extents));
    int done = 0;
    for (Value value : made) {
      Tensor one = tensor(value);
      if (one.dataType() != first.dataType() || !one.shape().equals(first.shape())) {
        throw new IllegalArgumentException(
            "iterations must scan out tensors of one type and shape, but made %s and %s"
                .formatted(first, one));
      }
      System.arraycopy(
          one.array(), one.offset(), stacked.array(), stacked.offset() + done, one.size());
      done += one.size();
    }
    return stacked;
  }

  private Tensor empty(Memory memory) {
    if (dataType == null) {
      throw new IllegalArgumentException(
          "a loop without iterations makes an empty output, but the file does not declare its"
              + " type");
    }
    int[] extents = new int[1 + shape.size()];
    for (int i = 0; i < shape.size(); i++) {
      extents[1 + i] = Math.toIntExact(Math.max(0, shape.get(i)));
    }
    return memory.allocate(dataType, Shape.of(extents));
  }

  private static Tensor tensor(Value value) {
    if (value instanceof Tensor tensor) {
      return tensor;
    }
    throw new IllegalArgumentException("expected a tensor to scan out, got " + value);
  }
}
