package io.norma.http.codec;

import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.InferenceResponse;
import io.norma.serving.NamedTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/** Writes the body of an answer to an inference, each output in JSON or behind it in binary. */
public final class InferenceResponseWriter {
  private InferenceResponseWriter() {}

  /** Writes a response in the form that was asked for. */
  public static WireResponse write(InferenceResponse response, ResponseForm form) {
    if (form.array()) {
      return NpyBody.write(response);
    }
    GrowingBytes bytes = new GrowingBytes(expectedSize(response, form));
    List<Tensor> binary = new ArrayList<>();
    try (JsonGenerator json = Json.generator(bytes)) {
      json.writeStartObject();
      json.writeStringProperty("model_name", response.model());
      json.writeStringProperty("model_version", Long.toString(response.version()));
      if (response.id() != null) {
        json.writeStringProperty("id", response.id());
      }
      writeProperties(json, "parameters", response.parameters());
      json.writeArrayPropertyStart("outputs");
      for (NamedTensor output : response.outputs()) {
        Integer wanted = form.classesByOutput().get(output.name());
        if (wanted != null) {
          Classification.write(json, output, wanted, form.isBinary(output.name()), binary);
          continue;
        }
        ElementType type = output.elementType();
        Tensor tensor = output.tensor();
        writeHead(json, output.name(), type.name(), tensor.shape());
        if (form.isBinary(output.name())) {
          tensor = type.isNarrow() ? NarrowElements.bits(tensor, type) : tensor;
          writeBinarySize(json, BinaryElements.size(tensor));
          binary.add(tensor);
        } else {
          json.writeName("data");
          writeElements(json, type.isNarrow() ? NarrowElements.rounded(tensor, type) : tensor);
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      if (response.receipt() != null) {
        writeProperties(json, "receipt", response.receipt().fields());
      }
      json.writeEndObject();
    }
    int jsonLength = bytes.size();
    for (Tensor tensor : binary) {
      int size = BinaryElements.size(tensor);
      BinaryElements.write(tensor, bytes.reserve(size), bytes.size() - size);
    }
    return new WireResponse(bytes.array(), bytes.size(), binary.isEmpty() ? -1 : jsonLength);
  }

  private static int expectedSize(InferenceResponse response, ResponseForm form) {
    long size = 512;
    for (NamedTensor output : response.outputs()) {
      Tensor tensor = output.tensor();
      long bytes = (long) tensor.size() * tensor.dataType().bytes();
      // The outputs are there already, and stay until the answer is sent.
      RequestMemory.current().take(bytes);
      size += form.isBinary(output.name()) ? bytes : 12L * tensor.size();
    }
    return (int) Math.min(size, 1 << 26);
  }

  static void writeHead(JsonGenerator json, String name, String dataType, Shape shape) {
    json.writeStartObject();
    json.writeStringProperty("name", name);
    writeType(json, dataType, shape);
  }

  static void writeType(JsonGenerator json, String dataType, Shape shape) {
    json.writeStringProperty("datatype", dataType);
    json.writeArrayPropertyStart("shape");
    for (int axis = 0; axis < shape.rank(); axis++) {
      json.writeNumber(shape.dimension(axis));
    }
    json.writeEndArray();
  }

  static void writeBinarySize(JsonGenerator json, int size) {
    json.writeObjectPropertyStart("parameters");
    json.writeNumberProperty("binary_data_size", size);
    json.writeEndObject();
  }

  private static void writeProperties(
      JsonGenerator json, String name, Map<String, Object> properties) {
    if (properties.isEmpty()) {
      return;
    }
    json.writeObjectPropertyStart(name);
    for (Map.Entry<String, Object> property : properties.entrySet()) {
      json.writeName(property.getKey());
      switch (property.getValue()) {
        case Boolean truth -> json.writeBoolean(truth);
        case Integer integer -> json.writeNumber(integer);
        case Long integer -> json.writeNumber(integer);
        case Double real -> json.writeNumber(real);
        default -> json.writeString(property.getValue().toString());
      }
    }
    json.writeEndObject();
  }

  /** Writes a tensor's elements as a flat array, non-finite ones as text. */
  public static void writeElements(JsonGenerator json, Tensor tensor) {
    json.writeStartArray();
    int from = tensor.offset();
    int to = from + tensor.size();
    switch (tensor.dataType()) {
      case FP32 -> writeFloats(json, tensor.floats(), from, to);
      case FP64 -> {
        for (int i = from; i < to; i++) {
          json.writeNumber(tensor.doubles()[i]);
        }
      }
      case BOOL -> {
        for (int i = from; i < to; i++) {
          json.writeBoolean(tensor.bytes()[i] != 0);
        }
      }
      case UINT64 -> {
        for (int i = from; i < to; i++) {
          json.writeNumber(Long.toUnsignedString(tensor.longs()[i]));
        }
      }
      default -> {
        for (int i = 0; i < tensor.size(); i++) {
          json.writeNumber(tensor.getLong(i));
        }
      }
    }
    json.writeEndArray();
  }

  private static void writeFloats(JsonGenerator json, float[] floats, int from, int to) {
    for (int i = from; i < to; i++) {
      json.writeNumber(floats[i]);
    }
  }
}
