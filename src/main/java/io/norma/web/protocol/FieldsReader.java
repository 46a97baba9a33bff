package io.norma.web.protocol;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.ServingException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads a request object: tensors as the V2 protocol writes them, their elements in the JSON or
 * behind it in the JSON's order; arrays of numbers and truth values; words, numbers and objects of
 * these.
 */
public final class FieldsReader {
  private static final Set<String> TENSORS = Set.of("input", "output_gradient");

  private final byte[] json;
  private final int length;
  private final Map<String, Pending> pending = new LinkedHashMap<>();

  private FieldsReader(byte[] json, int length) {
    this.json = json;
    this.length = length;
  }

  /** Reads a body that is all JSON. */
  public static Fields read(byte[] json, int length) {
    try {
      return read(json, length, new ByteArrayInputStream(new byte[0]), 0);
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
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
    if (length == 0) {
      throw new ServingException.Invalid("the body has no JSON; expected an object");
    }
    FieldsReader reader = new FieldsReader(json, length);
    Map<String, Object> fields;
    try (JsonParser parser = Json.parser(json, 0, length)) {
      parser.nextToken();
      Json.requireStart(parser, JsonToken.START_OBJECT, "request");
      fields = reader.object(parser, "");
      if (parser.nextToken() != null) {
        throw new ServingException.Invalid(
            "something follows the request JSON: " + parser.currentToken());
      }
    } catch (JacksonException e) {
      throw new ServingException.Invalid(
          "failed to parse the request JSON: " + InferenceRequestReader.reason(e), e);
    }
    reader.readBinary(fields, binary, available);
    return new Fields("", fields);
  }

  private record Pending(DataType dataType, Shape shape, long bytes) {}

  private void readBinary(Map<String, Object> fields, InputStream binary, long available)
      throws IOException {
    TensorStream stream = new TensorStream();
    long announced = pending.values().stream().mapToLong(Pending::bytes).sum();
    if (available >= 0 && announced != available) {
      throw new ServingException.Invalid(
          "%d bytes follow the JSON, but binary_data_size sums to %d"
              .formatted(available, announced));
    }
    for (Map.Entry<String, Pending> entry : pending.entrySet()) {
      Pending next = entry.getValue();
      Tensor tensor;
      if (available >= 0) {
        tensor = stream.read(next.dataType, next.shape, binary);
      } else {
        byte[] bytes = binary.readNBytes(Math.toIntExact(next.bytes));
        tensor =
            BinaryElements.read(entry.getKey(), next.dataType, next.shape, bytes, 0, bytes.length);
      }
      fields.put(entry.getKey(), tensor);
    }
    if (available < 0 && binary.read() >= 0) {
      throw new ServingException.Invalid(
          "more than the %d bytes of binary_data_size follow the JSON".formatted(announced));
    }
  }

  private Map<String, Object> object(JsonParser parser, String path) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      JsonToken token = parser.nextToken();
      String name = path + field;
      if (fields.containsKey(field)) {
        throw new ServingException.InvalidField(name, "'" + name + "' is there twice");
      }
      if (path.isEmpty() && TENSORS.contains(field) && token == JsonToken.START_OBJECT) {
        Tensor tensor = tensor(parser, field);
        fields.put(field, tensor == null ? "binary" : tensor);
        continue;
      }
      switch (token) {
        case START_OBJECT -> fields.put(field, object(parser, name + "."));
        case START_ARRAY -> fields.put(field, new NumbersReader(name).read(parser));
        case VALUE_STRING -> fields.put(field, word(parser.getString()));
        case VALUE_TRUE -> fields.put(field, true);
        case VALUE_FALSE -> fields.put(field, false);
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> fields.put(field, parser.getDoubleValue());
        default -> {
          // null is as good as nothing.
        }
      }
    }
    return fields;
  }

  private static Object word(String text) {
    return switch (text) {
      case "NaN", "Infinity", "-Infinity" -> Double.valueOf(text);
      default -> text;
    };
  }

  /** Reads a tensor, or notes that its elements follow the JSON. */
  private @Nullable Tensor tensor(JsonParser parser, String name) {
    Shape shape = null;
    DataType dataType = null;
    JsonParser data = null;
    long binarySize = -1;
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      parser.nextToken();
      switch (field) {
        case "shape" -> shape = shape(parser, name + ".shape");
        case "datatype" -> dataType = dataType(Json.text(parser, name + ".datatype"), name);
        case "data" -> data = again(parser);
        case "parameters" -> {
          Object size = Json.parameters(parser, name + ".parameters").get("binary_data_size");
          binarySize = size instanceof Long bytes && bytes >= 0 ? bytes : -1;
        }
        default ->
            throw new ServingException.InvalidField(
                name + "." + field, "'" + name + "." + field + "' is no field of a tensor");
      }
    }
    if (shape == null || dataType == null) {
      String missing = name + (shape == null ? ".shape" : ".datatype");
      throw new ServingException.InvalidField(missing, "'" + missing + "' is missing");
    }
    if ((data == null) == (binarySize < 0)) {
      throw new ServingException.InvalidField(
          name,
          "'" + name + "' needs one of 'data' and the parameter binary_data_size, and not both");
    }
    if (data == null) {
      long expected = (long) shape.size() * dataType.bytes();
      if (binarySize != expected) {
        throw new ServingException.InvalidField(
            name,
            "'%s' (%s, shape %s) needs %d bytes, but its binary_data_size is %d"
                .formatted(name, dataType, shape, expected, binarySize));
      }
      pending.put(name, new Pending(dataType, shape, binarySize));
      return null;
    }
    try (JsonParser elements = data) {
      elements.nextToken();
      return JsonElements.read(elements, name, dataType, shape, length / 2 + 1);
    } catch (ServingException.Invalid e) {
      throw new ServingException.InvalidField(name, e.getMessage());
    }
  }

  private JsonParser again(JsonParser parser) {
    int start = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
    parser.skipChildren();
    int end = Math.toIntExact(parser.currentLocation().getByteOffset());
    return Json.parser(json, start, end - start);
  }

  private static Shape shape(JsonParser parser, String name) {
    Json.requireStart(parser, JsonToken.START_ARRAY, name);
    long[] dimensions = new long[8];
    int rank = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (rank == dimensions.length) {
        dimensions = Arrays.copyOf(dimensions, 2 * rank);
      }
      dimensions[rank++] = Json.integer(parser, name + "[" + rank + "]");
    }
    try {
      return Shape.ofLongs(Arrays.copyOf(dimensions, rank));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ServingException.InvalidField(name, "'" + name + "': " + e.getMessage());
    }
  }

  private static DataType dataType(String word, String name) {
    return switch (word) {
      case "FP32" -> DataType.FP32;
      case "FP64" -> DataType.FP64;
      default ->
          throw new ServingException.InvalidField(
              name + ".datatype", "'" + name + ".datatype' must be FP32 or FP64, but is " + word);
    };
  }
}
