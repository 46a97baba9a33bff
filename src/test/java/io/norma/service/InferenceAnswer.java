package io.norma.service;

import io.norma.http.BinaryTensorHeader;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An answer as the protocol's clients read it: decompressed whole, its JSON up to the header's
 * length or to the end, and behind it the outputs one after the other by their sizes.
 *
 * @param binary the bytes behind the JSON
 */
record InferenceAnswer(JsonNode json, byte[] binary) {
  private static final JsonMapper JSON = new JsonMapper();

  static InferenceAnswer of(Exchange exchange) {
    byte[] body = decompressed(exchange);
    String length = exchange.header(BinaryTensorHeader.NAME);
    int json = length.isEmpty() ? body.length : Integer.parseInt(length);
    return new InferenceAnswer(
        JSON.readTree(Arrays.copyOf(body, json)), Arrays.copyOfRange(body, json, body.length));
  }

  private static byte[] decompressed(Exchange exchange) {
    ByteArrayInputStream body = new ByteArrayInputStream(exchange.body());
    try {
      return switch (exchange.header("Content-Encoding")) {
        case "" -> exchange.body();
        case "gzip" -> new GZIPInputStream(body).readAllBytes();
        case "deflate" -> new InflaterInputStream(body).readAllBytes();
        case String other -> throw new AssertionError("compressed with " + other);
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An output's numbers, wherever they are. */
  float[] floats(String name) {
    JsonNode data = output(name).path("data");
    if (data.isMissingNode()) {
      ByteBuffer bytes = section(name);
      float[] floats = new float[bytes.remaining() / 4];
      bytes.asFloatBuffer().get(floats);
      return floats;
    }
    float[] floats = new float[data.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = data.get(i).floatValue();
    }
    return floats;
  }

  /** An output whole, wherever its elements are. */
  Tensor tensor(String name) {
    JsonNode output = output(name);
    DataType dataType = DataType.valueOf(output.path("datatype").asString());
    int[] shape = new int[output.path("shape").size()];
    Arrays.setAll(shape, axis -> output.path("shape").get(axis).intValue());
    return output.has("data")
        ? WireElements.read(dataType, Shape.of(shape), output.path("data"))
        : WireElements.read(dataType, Shape.of(shape), section(name));
  }

  /** The elements of a BYTES output behind the JSON, each with its length before it. */
  List<String> strings(String name) {
    ByteBuffer bytes = section(name);
    List<String> strings = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] element = new byte[bytes.getInt()];
      bytes.get(element);
      strings.add(new String(element, StandardCharsets.UTF_8));
    }
    return strings;
  }

  JsonNode output(String name) {
    for (JsonNode output : json.path("outputs")) {
      if (output.path("name").asString().equals(name)) {
        return output;
      }
    }
    throw new AssertionError("no output " + name + " in " + json);
  }

  private ByteBuffer section(String name) {
    int from = 0;
    for (JsonNode output : json.path("outputs")) {
      int size = output.at("/parameters/binary_data_size").asInt(0);
      if (output.path("name").asString().equals(name)) {
        return ByteBuffer.wrap(Arrays.copyOfRange(binary, from, from + size))
            .order(ByteOrder.LITTLE_ENDIAN);
      }
      from += size;
    }
    throw new AssertionError("no output " + name + " in " + json);
  }
}
