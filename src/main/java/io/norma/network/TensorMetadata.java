package io.norma.network;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import java.util.List;

/**
 * What a network declares of one of its inputs or outputs.
 *
 * @param shape the extents, {@link #DYNAMIC} where a request decides
 * @param anyShape whether nothing is declared, and {@code shape} only stands for what comes
 */
public record TensorMetadata(String name, DataType dataType, List<Long> shape, boolean anyShape) {
  /** Stands for an extent that is known only when a request comes. */
  public static final long DYNAMIC = -1;

  public TensorMetadata {
    shape = List.copyOf(shape);
  }

  /** With a declared shape. */
  public TensorMetadata(String name, DataType dataType, List<Long> shape) {
    this(name, dataType, shape, false);
  }

  /** Without a declared shape, written as one extent that a request decides. */
  public static TensorMetadata ofAnyShape(String name, DataType dataType) {
    return new TensorMetadata(name, dataType, List.of(DYNAMIC), true);
  }

  /** Whether a tensor of this shape is what was declared. */
  public boolean accepts(Shape actual) {
    if (anyShape) {
      return true;
    }
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
    return !anyShape && !shape.isEmpty() && shape.getFirst() == DYNAMIC;
  }
}
