package io.norma.http.codec;

import io.norma.http.codec.json.BareNumbers;
import io.norma.http.codec.json.GuardedParser;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads the body of an inference: JSON, with the tensors in it or, as the binary tensor extension
 * has it, behind it in the JSON's order.
 */
public final class InferenceRequestReader {
  private static final List<String> FIELDS = List.of("parameters", "inputs", "outputs");
  private static final List<String> PARAMETERS =
      List.of(
          "normalization",
          "running_statistics",
          "routing_key",
          "prior_count",
          "prior_weight",
          "blend",
          "k",
          "seed",
          "timeout",
          "priority",
          InferenceRequest.CONVERT_INPUTS,
          InferenceRequest.RECEIPT,
          "binary_data_output");

  /** Where the elements of inputs are. */
  private static final String DATA = "inputs.data";

  private static final List<String> OUTPUT_PARAMETERS = List.of("binary_data", "classification");

  private final byte[] body;
  private final int length;
  private final int jsonLength;

  /** Whether the request says where its JSON ends. */
  private final boolean binary;

  private final JsonParser json;
  private final TensorReader tensors;
  private int binaryOffset;

  private @Nullable String id;
  private @Nullable Map<String, Object> parameters;
  private @Nullable List<NamedTensor> inputs;
  private @Nullable List<String> outputs;
  private final Map<String, Boolean> binaryByOutput = new HashMap<>();
  private final Map<String, Integer> classesByOutput = new HashMap<>();

  private InferenceRequestReader(
      byte[] body,
      int length,
      int jsonLength,
      boolean binary,
      JsonParser json,
      TensorReader tensors) {
    this.body = body;
    this.length = length;
    this.jsonLength = jsonLength;
    this.binary = binary;
    this.json = json;
    this.tensors = tensors;
    binaryOffset = jsonLength;
  }

  /**
   * Reads a body.
   *
   * @param length bytes of the array that are the body
   * @param jsonLength bytes of the JSON at its start, or −1 if that is all there is
   * @throws ServingException.Invalid if it is no inference request
   * @throws ServingException.InvalidField if a field of it cannot be read
   */
  public static WireRequest read(byte[] body, int length, int jsonLength) {
    if (jsonLength > length) {
      throw new ServingException.Invalid(
          "%s is %d, but the body has %d bytes"
              .formatted(BinaryBody.LENGTH_HEADER, jsonLength, length));
    }
    if (jsonLength >= 0) {
      return read(body, length, jsonLength, true);
    }
    try {
      return read(body, length, length, false);
    } catch (ServingException.Invalid e) {
      throw BinaryBody.explained(e, body, length);
    }
  }

  private static WireRequest read(byte[] body, int length, int jsonLength, boolean binary) {
    try {
      return new InferenceRequestReader(
              body,
              length,
              jsonLength,
              binary,
              Json.parser(body, 0, jsonLength),
              new TensorReader(body, jsonLength))
          .read();
    } catch (ServingException.Invalid e) {
      int needed = e.getCause() == null ? -1 : BareNumbers.length(body, jsonLength);
      if (needed < 0) {
        throw e;
      }
      // Few bodies have such numbers; no other pays for them.
      return again(body, length, jsonLength, binary, needed);
    }
  }

  private static WireRequest again(
      byte[] body, int length, int jsonLength, boolean binary, int needed) {
    RequestMemory.current().take(needed);
    byte[] json = BareNumbers.respelled(body, jsonLength, needed);
    JsonParser guarded =
        new GuardedParser(
            Json.lenientParser(json, 0, needed),
            parser -> Json.path(parser).equals(DATA),
            parser -> {
              throw Json.invalid(
                  Json.path(parser),
                  "has a number that JSON does not have: %s; without quotes such stand in the data of inputs alone"
                      .formatted(Json.described(parser)));
            });
    return new InferenceRequestReader(
            body, length, jsonLength, binary, guarded, new TensorReader(json, needed, true))
        .read();
  }

  private WireRequest read() {
    return Json.object(json, this::read);
  }

  private WireRequest read(JsonParser parser) {
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      if (parser.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      switch (field) {
        case "id" -> id = Json.once(id, Json.text(parser, field), field);
        case "parameters" ->
            parameters = Json.once(parameters, Json.parameters(parser, field), field);
        case "inputs" -> inputs = Json.once(inputs, inputs(parser), field);
        case "outputs" -> outputs = Json.once(outputs, outputs(parser), field);
        default -> {
          KnownNames.refuseNearMisses("", List.of(field), FIELDS);
          parser.skipChildren();
        }
      }
    }
    if (inputs == null) {
      throw Json.invalid("inputs", "is missing");
    }
    if (binaryOffset != length) {
      throw new ServingException.Invalid(
          "%d bytes follow the JSON, but the inputs' binary_data_size sum to %d"
              .formatted(length - jsonLength, binaryOffset - jsonLength));
    }
    Map<String, Object> given = parameters == null ? Map.of() : parameters;
    KnownNames.refuseNearMisses("parameters.", given.keySet(), PARAMETERS);
    boolean binaryOutput = Boolean.TRUE.equals(truth(given, "parameters", "binary_data_output"));
    return new WireRequest(
        new InferenceRequest(id, given, inputs, outputs == null ? List.of() : outputs),
        new ResponseForm(binaryOutput, binaryByOutput, classesByOutput));
  }

  private List<NamedTensor> inputs(JsonParser parser) {
    List<NamedTensor> read = new ArrayList<>();
    Json.requireStart(parser, JsonToken.START_ARRAY, "inputs");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      TensorObject input = tensors.named(parser, "inputs[" + read.size() + "]");
      Tensor tensor = input.tensor();
      read.add(
          new NamedTensor(input.name(), tensor == null ? binary(input) : tensor, input.dataType()));
    }
    return read;
  }

  private Tensor binary(TensorObject input) {
    if (!binary) {
      throw BinaryBody.noLength(input.name(), input.bytes());
    }
    if (input.bytes() > length - binaryOffset) {
      throw new ServingException.Invalid(
          "input '%s' has a binary_data_size of %d, but only %d bytes are left in the body"
              .formatted(input.name(), input.bytes(), length - binaryOffset));
    }
    int offset = binaryOffset;
    binaryOffset += (int) input.bytes();
    return BinaryElements.read(input.name(), input.dataType(), input.shape(), body, offset);
  }

  private List<String> outputs(JsonParser parser) {
    List<String> read = new ArrayList<>();
    Json.requireStart(parser, JsonToken.START_ARRAY, "outputs");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      read.add(output(parser, "outputs[" + read.size() + "]"));
    }
    return read;
  }

  private String output(JsonParser parser, String path) {
    Json.requireStart(parser, JsonToken.START_OBJECT, path);
    String name = null;
    Map<String, Object> wanted = null;
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      if (parser.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      String at = path + "." + field;
      switch (field) {
        case "name" -> name = Json.once(name, Json.text(parser, at), at);
        case "parameters" -> wanted = Json.once(wanted, Json.parameters(parser, at), at);
        default -> parser.skipChildren();
      }
    }
    if (name == null) {
      throw Json.invalid(path + ".name", "is missing");
    }
    if (wanted != null) {
      noteForm(name, wanted, path + ".parameters");
    }
    return name;
  }

  private void noteForm(String output, Map<String, Object> wanted, String path) {
    KnownNames.refuseNearMisses(path + ".", wanted.keySet(), OUTPUT_PARAMETERS);
    Boolean binary = truth(wanted, path, "binary_data");
    if (binary != null) {
      binaryByOutput.put(output, binary);
    }
    Object classes = wanted.get("classification");
    if (classes instanceof Long count && count > 0 && count <= Integer.MAX_VALUE) {
      classesByOutput.put(output, count.intValue());
    } else if (classes != null && !classes.equals(0L)) {
      throw Json.invalid(
          path + ".classification",
          "must be an integer above 0, but is " + Json.described(classes));
    }
  }

  private static @Nullable Boolean truth(Map<String, Object> parameters, String path, String name) {
    Object value = parameters.get(name);
    if (value == null || value instanceof Boolean) {
      return (Boolean) value;
    }
    throw Json.invalid(path + "." + name, "must be true or false, but is " + Json.described(value));
  }
}
