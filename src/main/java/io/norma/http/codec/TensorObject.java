package io.norma.http.codec;

import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A tensor as it stands in JSON.
 *
 * @param tensor {@code null} where its elements follow the JSON
 */
record TensorObject(String name, ElementType dataType, Shape shape, @Nullable Tensor tensor) {
  /** Bytes of its elements. */
  long bytes() {
    return (long) shape.size() * dataType.bytes();
  }
}
