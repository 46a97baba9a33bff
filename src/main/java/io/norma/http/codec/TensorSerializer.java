package io.norma.http.codec;

import io.norma.kernel.tensor.Tensor;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;

/**
 * Writes a tensor as the V2 protocol does: an object with the data type, the shape, and the
 * elements in {@code data} or, where they follow the JSON, how many bytes they have.
 */
final class TensorSerializer extends ValueSerializer<Tensor> {
  /**
   * The attribute that has tensors follow the JSON: a list, to which they are added in that order.
   */
  static final Object BEHIND_THE_JSON = "tensors behind the JSON";

  @Override
  public void serialize(Tensor tensor, JsonGenerator json, SerializationContext context) {
    json.writeStartObject();
    InferenceResponseWriter.writeType(json, tensor.dataType().name(), tensor.shape());
    @SuppressWarnings("unchecked")
    List<Tensor> behind = (List<Tensor>) context.getAttribute(BEHIND_THE_JSON);
    if (behind == null) {
      json.writeName("data");
      InferenceResponseWriter.writeElements(json, tensor);
    } else {
      InferenceResponseWriter.writeBinarySize(json, BinaryElements.size(tensor));
      behind.add(tensor);
    }
    json.writeEndObject();
  }
}
