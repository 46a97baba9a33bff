package io.norma.service;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One request that was sent, and what came back. */
public record Exchange(
    String method,
    String path,
    Map<String, String> requestHeaders,
    byte @Nullable [] requestBody,
    int status,
    Map<String, List<String>> headers,
    byte[] body) {
  private static final JsonMapper JSON = new JsonMapper();

  static Exchange of(
      String method,
      String path,
      Map<String, String> requestHeaders,
      byte @Nullable [] requestBody,
      HttpResponse<byte[]> response) {
    return new Exchange(
        method,
        path,
        requestHeaders,
        requestBody,
        response.statusCode(),
        response.headers().map(),
        response.body());
  }

  Exchange withBody(byte[] answered) {
    return new Exchange(method, path, requestHeaders, requestBody, status, headers, answered);
  }

  /** A response header, or the empty string. */
  public String header(String name) {
    return headers.entrySet().stream()
        .filter(header -> header.getKey().equalsIgnoreCase(name))
        .map(header -> header.getValue().getFirst())
        .findFirst()
        .orElse("");
  }

  public JsonNode json() {
    return JSON.readTree(body);
  }

  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }
}
