package io.norma.http.codec;

import io.norma.kernel.tensor.Tensor;
import io.norma.serving.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads a request object: tensors as the V2 protocol writes them, their elements in the JSON or
 * behind it in the JSON's order; arrays of numbers and truth values; words, numbers and objects of
 * these.
 */
public final class FieldsReader {
  private static final Set<String> TENSORS = Set.of("input", "output_gradient");

  private final TensorReader tensors;
  private final Map<String, TensorObject> pending = new LinkedHashMap<>();

  private FieldsReader(TensorReader tensors) {
    this.tensors = tensors;
  }

  /** Reads a body that is all JSON. */
  public static Fields read(byte[] json, int length) {
    FieldsReader reader = new FieldsReader(new TensorReader(json, length));
    Map<String, Object> fields;
    try {
      fields = reader.fields(json, length);
    } catch (ServingException.Invalid e) {
      throw BinaryBody.explained(e, json, length);
    }
    if (!reader.pending.isEmpty()) {
      TensorObject tensor = reader.pending.values().iterator().next();
      throw BinaryBody.noLength(tensor.name(), tensor.bytes());
    }
    return new Fields("", fields);
  }

  /**
   * Reads a body.
   *
   * @param length bytes of the array that are the JSON
   * @param binary what follows the JSON
   * @param available how many bytes follow it, −1 if that is not known
   * @throws ServingException.Invalid if it is no JSON object
   * @throws ServingException.InvalidField if a field cannot be read
   */
  public static Fields read(byte[] json, int length, InputStream binary, long available)
      throws IOException {
    FieldsReader reader = new FieldsReader(new TensorReader(json, length));
    Map<String, Object> fields = reader.fields(json, length);
    reader.readBinary(fields, binary, available);
    return new Fields("", fields);
  }

  private Map<String, Object> fields(byte[] json, int length) {
    return Json.object(Json.parser(json, 0, length), parser -> object(parser, ""));
  }

  private void readBinary(Map<String, Object> fields, InputStream binary, long available)
      throws IOException {
    long announced = pending.values().stream().mapToLong(TensorObject::bytes).sum();
    if (available >= 0 && announced != available) {
      throw new ServingException.Invalid(
          "%d bytes follow the JSON, but binary_data_size sums to %d"
              .formatted(available, announced));
    }
    TensorStream stream = new TensorStream();
    for (Map.Entry<String, TensorObject> entry : pending.entrySet()) {
      TensorObject next = entry.getValue();
      fields.put(
          entry.getKey(),
          available >= 0
              ? stream.read(next.dataType().dataType(), next.shape(), binary)
              : unannounced(next, binary));
      takeResult(next);
    }
    if (available < 0 && binary.read() >= 0) {
      throw new ServingException.Invalid(
          "more than the %d bytes of binary_data_size follow the JSON".formatted(announced));
    }
  }

  /** What is computed from a tensor is as large. */
  private static void takeResult(TensorObject tensor) {
    RequestMemory.current().take(tensor.bytes());
  }

  /** Reads a tensor without believing its size: memory is taken as the bytes come. */
  private static Tensor unannounced(TensorObject tensor, InputStream binary) throws IOException {
    int most = (int) Math.min(tensor.bytes(), Integer.MAX_VALUE - 8);
    byte[] bytes = binary.readNBytes(most);
    if (bytes.length < tensor.bytes()) {
      throw Json.invalid(
          tensor.name(),
          "(%s, shape %s) needs %d bytes behind the JSON, but the body has %d left"
              .formatted(tensor.dataType(), tensor.shape(), tensor.bytes(), bytes.length));
    }
    return BinaryElements.read(tensor.name(), tensor.dataType(), tensor.shape(), bytes, 0);
  }

  private Map<String, Object> object(JsonParser parser, String path) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      if (parser.nextToken() != JsonToken.VALUE_NULL) {
        String name = path + field;
        Object value = value(parser, name);
        Json.once(fields.put(field, value), value, name);
      }
    }
    return fields;
  }

  private Object value(JsonParser parser, String name) {
    return switch (parser.currentToken()) {
      case START_OBJECT ->
          TENSORS.contains(name) ? tensor(parser, name) : object(parser, name + ".");
      case START_ARRAY -> new Fields.Array(JsonElements.read(parser, name));
      case VALUE_STRING -> parser.getString();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> parser.getDoubleValue();
    };
  }

  /** Reads a tensor, or notes that its elements follow the JSON. */
  private Object tensor(JsonParser parser, String name) {
    TensorObject read = tensors.field(parser, name);
    Tensor tensor = read.tensor();
    if (tensor != null) {
      takeResult(read);
      return tensor;
    }
    pending.put(name, read);
    return read;
  }
}
