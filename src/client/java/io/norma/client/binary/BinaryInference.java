package io.norma.client.binary;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks models with tensors as bytes in both directions, by the binary tensor extension of the Open
 * Inference Protocol: the JSON, whose length stands in a header, then the tensors in its order. For
 * large inputs that is several times faster than JSON.
 *
 * <p>Source: Triton Inference Server, "Binary Tensor Data Extension".
 */
public final class BinaryInference {
  private static final String JSON_LENGTH = "Inference-Header-Content-Length";
  private static final JsonMapper JSON = JsonMapper.shared();

  private final HttpClient http;
  private final URI service;

  /**
   * @param service such as {@code http://localhost:8080}
   */
  public BinaryInference(HttpClient http, URI service) {
    this.http = http;
    this.service = service;
  }

  /**
   * Asks a model.
   *
   * @param parameters of the request, such as {@code running_statistics}
   * @return the outputs by name, in the model's order
   * @throws InferenceException when the service answers with an error
   */
  public Map<String, BinaryTensor> infer(
      String model, List<BinaryTensor> inputs, Map<String, ?> parameters)
      throws IOException, InterruptedException {
    byte[] json = JSON.writeValueAsBytes(header(inputs, parameters));
    List<BodyPublisher> parts = new ArrayList<>();
    parts.add(BodyPublishers.ofByteArray(json));
    for (BinaryTensor input : inputs) {
      byte[] bytes = new byte[input.bytes().remaining()];
      input.bytes().get(bytes);
      parts.add(BodyPublishers.ofByteArray(bytes));
    }
    String name = URLEncoder.encode(model, StandardCharsets.UTF_8).replace("+", "%20");
    HttpRequest request =
        HttpRequest.newBuilder(service.resolve("/v2/models/" + name + "/infer"))
            .header("Content-Type", "application/octet-stream")
            .header(JSON_LENGTH, Integer.toString(json.length))
            .POST(BodyPublishers.concat(parts.toArray(BodyPublisher[]::new)))
            .build();
    HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      throw new InferenceException(
          response.statusCode(), JSON.readTree(response.body()).path("error").asString());
    }
    return read(response);
  }

  private static Map<String, Object> header(List<BinaryTensor> inputs, Map<String, ?> parameters) {
    List<Map<String, Object>> described = new ArrayList<>();
    for (BinaryTensor input : inputs) {
      described.add(
          Map.of(
              "name", input.name(),
              "datatype", input.datatype(),
              "shape", input.shape(),
              "parameters", Map.of("binary_data_size", input.bytes().remaining())));
    }
    Map<String, Object> all = new LinkedHashMap<>(parameters);
    all.put("binary_data_output", true);
    return Map.of("parameters", all, "inputs", described);
  }

  private static Map<String, BinaryTensor> read(HttpResponse<byte[]> response) throws IOException {
    byte[] body = response.body();
    int at =
        Math.toIntExact(
            response
                .headers()
                .firstValueAsLong(JSON_LENGTH)
                .orElseThrow(() -> new IOException("the answer has no header " + JSON_LENGTH)));
    Map<String, BinaryTensor> outputs = new LinkedHashMap<>();
    for (JsonNode output : JSON.readTree(body, 0, at).path("outputs")) {
      String name = output.path("name").asString();
      int size = output.path("parameters").path("binary_data_size").asInt();
      List<Long> shape = new ArrayList<>();
      output.path("shape").forEach(extent -> shape.add(extent.asLong()));
      outputs.put(
          name,
          new BinaryTensor(
              name, output.path("datatype").asString(), shape, ByteBuffer.wrap(body, at, size)));
      at += size;
    }
    return outputs;
  }
}
