package io.norma.http;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.coyote.ActionCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * Answers what is no valid HTTP, such as a path with an encoded slash, in the form of other errors:
 * the container refuses it before the service sees it, with a page of its own.
 */
@Component
final class HttpErrorValve extends ErrorReportValve
    implements WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory> {
  private static final Logger LOG = LoggerFactory.getLogger(HttpErrorValve.class);

  /** That of the application, which a request has not come to yet. */
  private String contextPath = "";

  @Override
  public void customize(ConfigurableTomcatWebServerFactory factory) {
    factory.addContextCustomizers(context -> {
      contextPath = context.getPath();
      context.getParent().getPipeline().addValve(this);
    });
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    super.invoke(request, response);
    if (response.getStatus() == HttpServletResponse.SC_REQUEST_TIMEOUT) {
      // What did not come in all that time is not waited for once more before the connection ends.
      request.getCoyoteRequest().action(ActionCode.DISABLE_SWALLOW_INPUT, null);
    }
  }

  @Override
  protected void report(Request request, Response response, @Nullable Throwable thrown) {
    int status = response.getStatus();
    if (status < HttpServletResponse.SC_BAD_REQUEST
        || response.getContentWritten() > 0
        || !response.setErrorReported()) {
      return;
    }
    String path = request.getRequestURI();
    String message = response.getMessage();
    ErrorWriter.Body body =
        ErrorWriter.body(
            RequestPath.of(path == null ? "" : path, contextPath),
            status,
            message == null || message.isEmpty() ? reason(status) : message,
            Map.of());
    try {
      response.setContentType(body.type());
      response.setContentLength(body.bytes().length);
      response.getOutputStream().write(body.bytes());
      response.finishResponse();
    } catch (IOException | IllegalStateException e) {
      LOG.debug("an error of status {} cannot be answered", status, e);
    }
  }

  private static String reason(int status) {
    return status == HttpServletResponse.SC_NOT_IMPLEMENTED
        ? "the request's Transfer-Encoding is not supported: send a Content-Length, or chunked"
        : "the request is no valid HTTP: check its path, its headers and its length";
  }
}
