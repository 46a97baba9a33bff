package io.norma.service;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Speaks HTTP to the service under test, in JSON and in JSON with binary tensors behind it; what is
 * exchanged in JSON is held against the contract.
 */
public final class TestClient {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String base;

  public TestClient(int port) {
    base = "http://127.0.0.1:" + port;
  }

  /** An answer: its JSON, and the bytes behind it. */
  public record Answer(int status, JsonNode json, byte[] binary) {
    float[] floats() {
      float[] floats = new float[binary.length / 4];
      ByteBuffer.wrap(binary).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
      return floats;
    }

    public String detail() {
      return json.get("detail").asString();
    }

    public double[] vector(String field) {
      return TestClient.vector(json.get(field));
    }

    public double[] data(String tensor) {
      return TestClient.vector(json.get(tensor).get("data"));
    }
  }

  public static double[] vector(JsonNode array) {
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      JsonNode value = array.get(i);
      values[i] = value.isString() ? Double.parseDouble(value.asString()) : value.asDouble();
    }
    return values;
  }

  public Answer post(String path, String body, String... headers) throws Exception {
    return send("POST", path, body, headers);
  }

  public Answer send(String method, String path, String body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    Map<String, String> given = new HashMap<>();
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
      given.put(headers[i], headers[i + 1]);
    }
    HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
    byte[] sent = body.getBytes(StandardCharsets.UTF_8);
    ExchangeValidator.get().validate(Exchange.of(method, path, given, sent, response));
    return answer(response);
  }

  /** A meter's value by its name and tags as Prometheus reads them; 0 where there is none. */
  public double metric(String name) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/actuator/prometheus")).GET().build();
    return client
        .send(request, BodyHandlers.ofString())
        .body()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  Answer postBinary(String path, String json, float[]... tensors) throws Exception {
    byte[] head = json.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(head);
    for (float[] tensor : tensors) {
      ByteBuffer bytes = ByteBuffer.allocate(4 * tensor.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(tensor);
      body.write(bytes.array());
    }
    return postBytes(path, head.length, body.toByteArray());
  }

  /** Sends the same elements again and again, without saying how many will come. */
  Answer postStream(String path, String json, float[] block, int times) throws Exception {
    byte[] head = json.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(4 * block.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(block);
    List<byte[]> parts = new ArrayList<>(Collections.nCopies(times, bytes.array()));
    parts.addFirst(head);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path))
            .header("Inference-Header-Content-Length", Integer.toString(head.length))
            .POST(BodyPublishers.ofByteArrays(parts))
            .build();
    return answer(client.send(request, BodyHandlers.ofByteArray()));
  }

  Answer postBytes(String path, int jsonLength, byte[] body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path))
            .header("Inference-Header-Content-Length", Integer.toString(jsonLength))
            .POST(BodyPublishers.ofByteArray(body))
            .build();
    return answer(client.send(request, BodyHandlers.ofByteArray()));
  }

  private static Answer answer(HttpResponse<byte[]> response) {
    byte[] body = response.body();
    int jsonLength =
        response
            .headers()
            .firstValue("Inference-Header-Content-Length")
            .map(Integer::parseInt)
            .orElse(body.length);
    JsonNode json =
        jsonLength == 0
            ? JSON.createObjectNode()
            : JSON.readTree(new String(body, 0, jsonLength, StandardCharsets.UTF_8));
    return new Answer(
        response.statusCode(), json, Arrays.copyOfRange(body, jsonLength, body.length));
  }
}
