package io.norma.web;

import io.norma.web.protocol.Json;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import tools.jackson.core.JsonGenerator;

/**
 * Writes errors: {@code {"error": "…"}} and nothing else where the V2 protocol rules, problem
 * details (RFC 9457) everywhere else.
 */
@Component
final class ErrorWriter {
  private static final String V2 = "/v2";

  void write(HttpServletRequest request, HttpServletResponse response, int status, String detail)
      throws IOException {
    write(request.getRequestURI(), response, status, detail, Map.of());
  }

  /**
   * Writes an error.
   *
   * @param path of the request
   * @param lists further members of a problem, each a list
   */
  void write(
      String path,
      HttpServletResponse response,
      int status,
      String detail,
      Map<String, List<String>> lists)
      throws IOException {
    if (response.isCommitted()) {
      return;
    }
    response.resetBuffer();
    boolean v2 = path.equals(V2) || path.startsWith(V2 + "/");
    byte[] body = v2 ? v2(detail) : problem(path, status, detail, lists);
    response.setStatus(status);
    response.setHeader("Content-Encoding", null);
    response.setContentType(v2 ? "application/json" : "application/problem+json");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  private static byte[] v2(String detail) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = Json.generator(bytes)) {
      json.writeStartObject();
      json.writeStringProperty("error", detail);
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static byte[] problem(
      String path, int status, String detail, Map<String, List<String>> lists) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    HttpStatus known = HttpStatus.resolve(status);
    try (JsonGenerator json = Json.generator(bytes)) {
      json.writeStartObject();
      json.writeStringProperty("type", "about:blank");
      json.writeStringProperty("title", known == null ? "Error" : known.getReasonPhrase());
      json.writeNumberProperty("status", status);
      json.writeStringProperty("detail", detail);
      json.writeStringProperty("instance", path);
      lists.forEach((name, values) -> {
        json.writeArrayPropertyStart(name);
        values.forEach(json::writeString);
        json.writeEndArray();
      });
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }
}
