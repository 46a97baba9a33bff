package io.norma.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.json.ProblemDetailJacksonMixin;
import org.springframework.stereotype.Component;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes errors: {@code {"error": "…"}} and nothing else where the V2 protocol rules, problem
 * details (RFC 9457) everywhere else.
 */
@Component
public final class ErrorWriter {
  private static final int LONGEST = 4096;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .addMixIn(ProblemDetail.class, ProblemDetailJacksonMixin.class)
          .build();

  /** Writes an error. */
  public void write(
      HttpServletRequest request, HttpServletResponse response, int status, String detail)
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

  /** An error where the V2 protocol rules. */
  private record V2Error(String error) {}

  static Body body(RequestPath path, int status, String detail, Map<String, List<String>> lists) {
    if (path.isV2()) {
      return new Body(
          MediaType.APPLICATION_JSON_VALUE,
          MAPPER.writeValueAsBytes(new V2Error(abbreviated(detail))));
    }
    ProblemDetail problem =
        ProblemDetail.forStatusAndDetail(HttpStatusCode.valueOf(status), abbreviated(detail));
    problem.setType(URI.create("about:blank"));
    problem.setInstance(URI.create(path.reference()));
    lists.forEach((name, values) ->
        problem.setProperty(name, values.stream().map(ErrorWriter::abbreviated).toList()));
    return new Body(MediaType.APPLICATION_PROBLEM_JSON_VALUE, MAPPER.writeValueAsBytes(problem));
  }

  /** What came is told back, but not at any length. */
  private static String abbreviated(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }
}
