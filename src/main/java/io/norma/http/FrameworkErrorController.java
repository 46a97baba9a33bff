package io.norma.http;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/** Answers errors that the container finds before or after the controllers, in the same form. */
@Controller
public final class FrameworkErrorController implements ErrorController {
  private final ErrorWriter errors;
  private final String timeout;

  FrameworkErrorController(
      ErrorWriter errors, @Value("${server.tomcat.connection-timeout}") String timeout) {
    this.errors = errors;
    this.timeout = timeout;
  }

  @RequestMapping("${spring.web.error.path:${error.path:/error}}")
  void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
    Object path = request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
    Object message = request.getAttribute(RequestDispatcher.ERROR_MESSAGE);
    int code = status instanceof Integer given ? given : 404;
    String written = path instanceof String given ? given : request.getRequestURI();
    errors.write(
        RequestPath.of(written, request.getContextPath()),
        response,
        code,
        detail(code, message, request),
        Map.of());
  }

  private String detail(int code, @Nullable Object message, HttpServletRequest request) {
    if (code == HttpStatus.REQUEST_TIMEOUT.value()) {
      return "the request body did not come to its end: nothing of it came for %s (server.tomcat.connection-timeout)"
          .formatted(timeout);
    }
    if (message instanceof String given && !given.isEmpty()) {
      return given;
    }
    if (request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof IOException) {
      return "the request body cannot be read: it ended early, or its chunks are malformed";
    }
    HttpStatus known = HttpStatus.resolve(code);
    return known == null ? "error " + code : known.getReasonPhrase();
  }
}
