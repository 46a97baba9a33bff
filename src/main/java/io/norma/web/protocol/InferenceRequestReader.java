package io.norma.web.protocol;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads the body of an inference: JSON, with the tensors in it or, as the binary tensor extension
 * has it, behind it in the JSON's order.
 */
public final class InferenceRequestReader {
  private final byte[] body;
  private final int length;
  private final int jsonLength;
  private int binaryOffset;

  private @Nullable String id;
  private Map<String, Object> parameters = Map.of();
  private @Nullable List<NamedTensor> inputs;
  private @Nullable List<String> outputs;
  private final Map<String, Boolean> binaryByOutput = new HashMap<>();
  private final Map<String, Integer> classesByOutput = new HashMap<>();

  private InferenceRequestReader(byte[] body, int length, int jsonLength) {
    this.body = body;
    this.length = length;
    this.jsonLength = jsonLength;
    binaryOffset = jsonLength;
  }

  /**
   * Reads a body.
   *
   * @param length bytes of the array that are the body
   * @param jsonLength bytes of the JSON at its start, or −1 if that is all there is
   * @throws ServingException.Invalid if it is no inference request
   */
  public static WireRequest read(byte[] body, int length, int jsonLength) {
    if (jsonLength > length) {
      throw new ServingException.Invalid(
          "Inference-Header-Content-Length is %d, but the body has %d bytes"
              .formatted(jsonLength, length));
    }
    if (length == 0 || jsonLength == 0) {
      throw new ServingException.Invalid("the body has no JSON; expected an object with 'inputs'");
    }
    try {
      return new InferenceRequestReader(body, length, jsonLength < 0 ? length : jsonLength).read();
    } catch (JacksonException e) {
      throw new ServingException.Invalid("failed to parse the request JSON: " + reason(e), e);
    }
  }

  static String reason(JacksonException e) {
    return e.getLocation() == null
        ? e.getOriginalMessage()
        : "%s (line %d, column %d)"
            .formatted(
                e.getOriginalMessage(), e.getLocation().getLineNr(), e.getLocation().getColumnNr());
  }

  private WireRequest read() {
    try (JsonParser parser = Json.parser(body, 0, jsonLength)) {
      parser.nextToken();
      Json.requireStart(parser, JsonToken.START_OBJECT, "request");
      for (String field = parser.nextName(); field != null; field = parser.nextName()) {
        if (parser.nextToken() == JsonToken.VALUE_NULL) {
          continue;
        }
        switch (field) {
          case "id" -> id = Json.text(parser, "id");
          case "parameters" -> parameters = Json.parameters(parser, "parameters");
          case "inputs" -> readInputs(parser);
          case "outputs" -> readOutputs(parser);
          default -> parser.skipChildren();
        }
      }
      if (parser.nextToken() != null) {
        throw new ServingException.Invalid(
            "something follows the request JSON: " + parser.currentToken());
      }
    }
    if (inputs == null) {
      throw new ServingException.Invalid("'inputs' is missing");
    }
    if (binaryOffset != length) {
      throw new ServingException.Invalid(
          "%d bytes follow the JSON, but the inputs' binary_data_size sum to %d"
              .formatted(length - jsonLength, binaryOffset - jsonLength));
    }
    boolean binary = Boolean.TRUE.equals(parameters.get("binary_data_output"));
    return new WireRequest(
        new InferenceRequest(id, parameters, inputs, outputs == null ? List.of() : outputs),
        new ResponseForm(binary, binaryByOutput, classesByOutput));
  }

  private void readInputs(JsonParser parser) {
    if (inputs != null) {
      throw new ServingException.Invalid("'inputs' is there twice");
    }
    List<NamedTensor> read = new ArrayList<>();
    Json.requireStart(parser, JsonToken.START_ARRAY, "inputs");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      Json.requireStart(parser, JsonToken.START_OBJECT, "inputs[" + read.size() + "]");
      read.add(readInput(parser, "inputs[" + read.size() + "]."));
    }
    inputs = read;
  }

  private NamedTensor readInput(JsonParser parser, String path) {
    String name = null;
    Shape shape = null;
    DataType dataType = null;
    Tensor tensor = null;
    JsonParser postponed = null;
    long binarySize = -1;
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      if (parser.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      switch (field) {
        case "name" -> name = once(name, Json.text(parser, path + field), path + field);
        case "shape" -> shape = once(shape, shape(parser, path + field), path + field);
        case "datatype" ->
            dataType =
                once(dataType, dataType(Json.text(parser, path + field), path), path + field);
        case "parameters" -> binarySize = binarySize(parser, path + field);
        case "data" -> {
          if (tensor != null || postponed != null) {
            throw new ServingException.Invalid("'" + path + "data' is there twice");
          }
          if (name != null && shape != null && dataType != null) {
            tensor = JsonElements.read(parser, name, dataType, shape, mostElements(parser));
          } else {
            postponed = again(parser);
          }
        }
        default -> parser.skipChildren();
      }
    }
    if (name == null || shape == null || dataType == null) {
      String missing = name == null ? "name" : shape == null ? "shape" : "datatype";
      throw new ServingException.Invalid("'" + path + missing + "' is missing");
    }
    if (postponed != null) {
      try (JsonParser data = postponed) {
        data.nextToken();
        tensor = JsonElements.read(data, name, dataType, shape, mostElements(data));
      }
    }
    if (binarySize >= 0) {
      if (tensor != null) {
        throw new ServingException.Invalid(
            "input '" + name + "' has both 'data' and binary_data_size; give one of the two");
      }
      tensor = binary(name, dataType, shape, binarySize);
    }
    if (tensor == null) {
      throw new ServingException.Invalid(
          "input '" + name + "' has neither 'data' nor the parameter binary_data_size");
    }
    return new NamedTensor(name, tensor);
  }

  /** Skips a value, and gives a parser that will read it once it is known how. */
  private JsonParser again(JsonParser parser) {
    int start = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
    parser.skipChildren();
    int end = Math.toIntExact(parser.currentLocation().getByteOffset());
    return Json.parser(body, start, end - start);
  }

  /** Every element takes a digit and a comma at least. */
  private int mostElements(JsonParser parser) {
    return (int) ((jsonLength - parser.currentLocation().getByteOffset()) / 2) + 1;
  }

  private Tensor binary(String name, DataType dataType, Shape shape, long size) {
    if (size > length - binaryOffset) {
      throw new ServingException.Invalid(
          "input '%s' has a binary_data_size of %d, but only %d bytes are left in the body"
              .formatted(name, size, length - binaryOffset));
    }
    Tensor tensor = BinaryElements.read(name, dataType, shape, body, binaryOffset, (int) size);
    binaryOffset += (int) size;
    return tensor;
  }

  private static <T> T once(@Nullable T before, T value, String field) {
    if (before != null) {
      throw new ServingException.Invalid("'" + field + "' is there twice");
    }
    return value;
  }

  private static Shape shape(JsonParser parser, String field) {
    Json.requireStart(parser, JsonToken.START_ARRAY, field);
    long[] dimensions = new long[8];
    int rank = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (rank == dimensions.length) {
        dimensions = Arrays.copyOf(dimensions, 2 * rank);
      }
      dimensions[rank++] = Json.integer(parser, field + "[" + rank + "]");
    }
    try {
      return Shape.ofLongs(Arrays.copyOf(dimensions, rank));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ServingException.Invalid("'" + field + "': " + e.getMessage(), e);
    }
  }

  private static DataType dataType(String name, String path) {
    try {
      return DataType.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid(
          "'%sdatatype' is %s; supported are %s"
              .formatted(path, name, Arrays.toString(DataType.values())),
          e);
    }
  }

  private static long binarySize(JsonParser parser, String field) {
    Object size = Json.parameters(parser, field).get("binary_data_size");
    if (size == null) {
      return -1;
    }
    if (size instanceof Long bytes && bytes >= 0) {
      return bytes;
    }
    throw new ServingException.Invalid(
        "'" + field + ".binary_data_size' must be an integer from 0 up, but is " + size);
  }

  private void readOutputs(JsonParser parser) {
    if (outputs != null) {
      throw new ServingException.Invalid("'outputs' is there twice");
    }
    List<String> read = new ArrayList<>();
    Json.requireStart(parser, JsonToken.START_ARRAY, "outputs");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      String path = "outputs[" + read.size() + "]";
      Json.requireStart(parser, JsonToken.START_OBJECT, path);
      String name = null;
      Map<String, Object> wanted = Map.of();
      for (String field = parser.nextName(); field != null; field = parser.nextName()) {
        if (parser.nextToken() == JsonToken.VALUE_NULL) {
          continue;
        }
        switch (field) {
          case "name" -> name = Json.text(parser, path + ".name");
          case "parameters" -> wanted = Json.parameters(parser, path + ".parameters");
          default -> parser.skipChildren();
        }
      }
      if (name == null) {
        throw new ServingException.Invalid("'" + path + ".name' is missing");
      }
      read.add(name);
      noteForm(name, wanted, path);
    }
    outputs = read;
  }

  private void noteForm(String output, Map<String, Object> wanted, String path) {
    Object binary = wanted.get("binary_data");
    if (binary instanceof Boolean given) {
      binaryByOutput.put(output, given);
    } else if (binary != null) {
      throw new ServingException.Invalid(
          "'" + path + ".parameters.binary_data' must be true or false, but is " + binary);
    }
    Object classes = wanted.get("classification");
    if (classes instanceof Long count && count > 0 && count <= Integer.MAX_VALUE) {
      classesByOutput.put(output, count.intValue());
    } else if (classes != null && !classes.equals(0L)) {
      throw new ServingException.Invalid(
          "'" + path + ".parameters.classification' must be an integer above 0, but is " + classes);
    }
  }
}
