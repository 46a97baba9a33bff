package io.norma.http;

import io.norma.http.codec.Json;
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
  private static final int LONGEST = 4096;

  void write(HttpServletRequest request, HttpServletResponse response, int status, String detail)
      throws IOException {
    write(RequestPath.of(request), response, status, detail, Map.of());
  }

  /**
   * Writes an error.
   *
   * @param lists further members of a problem, each a list
   */
  void write(
      RequestPath path,
      HttpServletResponse response,
      int status,
      String detail,
      Map<String, List<String>> lists)
      throws IOException {
    if (response.isCommitted()) {
      return;
    }
    response.resetBuffer();
    Body body = body(path, status, detail, lists);
    response.setStatus(status);
    response.setHeader("Content-Encoding", null);
    response.setContentType(body.type());
    response.setContentLength(body.bytes().length);
    response.getOutputStream().write(body.bytes());
  }

  /** An error as it goes over the wire. */
  record Body(String type, byte[] bytes) {}

  static Body body(RequestPath path, int status, String detail, Map<String, List<String>> lists) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean v2 = path.isV2();
    try (JsonGenerator json = Json.generator(bytes)) {
      json.writeStartObject();
      if (v2) {
        json.writeStringProperty("error", abbreviated(detail));
      } else {
        writeProblem(json, path.reference(), status, abbreviated(detail), lists);
      }
      json.writeEndObject();
    }
    return new Body(v2 ? "application/json" : "application/problem+json", bytes.toByteArray());
  }

  private static void writeProblem(
      JsonGenerator json,
      String instance,
      int status,
      String detail,
      Map<String, List<String>> lists) {
    HttpStatus known = HttpStatus.resolve(status);
    json.writeStringProperty("type", "about:blank");
    json.writeStringProperty("title", known == null ? "Error" : known.getReasonPhrase());
    json.writeNumberProperty("status", status);
    json.writeStringProperty("detail", detail);
    json.writeStringProperty("instance", instance);
    lists.forEach((name, values) -> {
      json.writeArrayPropertyStart(name);
      values.forEach(value -> json.writeString(abbreviated(value)));
      json.writeEndArray();
    });
  }

  /** What came is told back, but not at any length. */
  private static String abbreviated(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }
}
