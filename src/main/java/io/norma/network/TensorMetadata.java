package io.norma.network;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import java.util.List;

/**
 * What a network declares of one of its inputs or outputs.
 *
 * @param elementType as it comes and goes; the network computes with {@link #dataType()}
 * @param shape the extents, {@link #DYNAMIC} where a request decides
 */
public record TensorMetadata(String name, ElementType elementType, List<Long> shape) {
  /** Stands for an extent that is known only when a request comes. */
  public static final long DYNAMIC = -1;

  public TensorMetadata {
    shape = List.copyOf(shape);
  }

  public TensorMetadata(String name, DataType dataType, List<Long> shape) {
    this(name, ElementType.of(dataType), shape);
  }

  /** What the network has it as. */
  public DataType dataType() {
    return elementType.dataType();
  }

  /** Whether a tensor of this shape is what was declared. */
  public boolean accepts(Shape actual) {
    if (actual.rank() != shape.size()) {
      return false;
    }
    for (int axis = 0; axis < actual.rank(); axis++) {
      long declared = shape.get(axis);
      if (declared != DYNAMIC && declared != actual.dimension(axis)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the first axis counts rows that a request chooses. */
  public boolean hasDynamicBatch() {
    return !shape.isEmpty() && shape.getFirst() == DYNAMIC;
  }
}
