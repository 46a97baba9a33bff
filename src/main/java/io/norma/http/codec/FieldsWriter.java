package io.norma.http.codec;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/**
 * Writes an answer object: tensors as the V2 protocol writes them, in the JSON or behind it;
 * vectors, words, numbers and objects of these in the JSON.
 */
public final class FieldsWriter {
  private final boolean binary;
  private final List<Tensor> behind = new ArrayList<>();

  private FieldsWriter(boolean binary) {
    this.binary = binary;
  }

  /**
   * An answer.
   *
   * @param binary what follows the JSON
   */
  public record Answer(byte[] json, List<Tensor> binary) {
    /** All bytes. */
    public long length() {
      return json.length + binary.stream().mapToLong(BinaryElements::size).sum();
    }
  }

  /**
   * Writes fields in their order.
   *
   * @param binary whether tensors follow the JSON
   */
  public static Answer write(Map<String, ?> fields, boolean binary) {
    FieldsWriter writer = new FieldsWriter(binary);
    GrowingBytes bytes = new GrowingBytes(1 << 10);
    try (JsonGenerator json = Json.generator(bytes)) {
      writer.object(json, fields);
    }
    RequestMemory.current().take(bytes.size());
    return new Answer(Arrays.copyOf(bytes.array(), bytes.size()), writer.behind);
  }

  private void object(JsonGenerator json, Map<?, ?> fields) {
    json.writeStartObject();
    for (Map.Entry<?, ?> field : fields.entrySet()) {
      json.writeName(String.valueOf(field.getKey()));
      value(json, field.getValue());
    }
    json.writeEndObject();
  }

  private void value(JsonGenerator json, Object value) {
    switch (value) {
      case Tensor tensor -> tensor(json, tensor);
      case double[] vector -> {
        json.writeStartArray();
        for (double element : vector) {
          json.writeNumber(element);
        }
        json.writeEndArray();
      }
      case Map<?, ?> object -> object(json, object);
      case List<?> list -> {
        json.writeStartArray();
        list.forEach(element -> value(json, element));
        json.writeEndArray();
      }
      case Boolean truth -> json.writeBoolean(truth);
      case Integer integer -> json.writeNumber(integer);
      case Long integer -> json.writeNumber(integer);
      case Double number -> json.writeNumber(number);
      default -> json.writeString(value.toString());
    }
  }

  private void tensor(JsonGenerator json, Tensor tensor) {
    Shape shape = tensor.shape();
    json.writeStartObject();
    json.writeStringProperty("datatype", tensor.dataType().name());
    json.writeArrayPropertyStart("shape");
    for (int axis = 0; axis < shape.rank(); axis++) {
      json.writeNumber(shape.dimension(axis));
    }
    json.writeEndArray();
    if (binary) {
      InferenceResponseWriter.writeBinarySize(json, BinaryElements.size(tensor));
      behind.add(tensor);
    } else {
      json.writeName("data");
      InferenceResponseWriter.writeElements(json, tensor);
    }
    json.writeEndObject();
  }
}
