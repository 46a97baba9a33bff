package io.norma.http.codec;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;

/**
 * Numbers that are answered in an array of numbers, or of rows of them, always in the JSON.
 *
 * @param elements of rank 1 or 2, written in double
 */
public record NestedArray(Tensor elements) {
  static final class Serializer extends ValueSerializer<NestedArray> {
    @Override
    public void serialize(NestedArray array, JsonGenerator json, SerializationContext context) {
      double[] values = array.elements.toDoubleArray();
      Shape shape = array.elements.shape();
      if (shape.rank() < 2) {
        json.writeArray(values, 0, values.length);
        return;
      }
      int columns = shape.dimension(1);
      json.writeStartArray();
      for (int row = 0; row < shape.dimension(0); row++) {
        json.writeArray(values, row * columns, columns);
      }
      json.writeEndArray();
    }
  }
}
