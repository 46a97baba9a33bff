package io.norma.inference.web;

import io.norma.http.AcceptableAnswers;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.server.PathContainer;
import org.springframework.stereotype.Component;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.filter.ServerHttpObservationFilter;
import org.springframework.web.servlet.handler.AbstractHandlerMapping;
import org.springframework.web.util.ServletRequestPathUtils;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Takes inferences to {@link InferenceController} past the search through all routes and the
 * binding of arguments, a tenth of what a small inference costs. Whatever isn't exactly one of the
 * two routes goes the ordinary way, so without this class all works as with it.
 */
@Component
final class InferenceShortcut extends AbstractHandlerMapping {
  private static final List<PathPattern> ROUTES =
      List.of(
          PathPatternParser.defaultInstance.parse(InferenceController.NEWEST),
          PathPatternParser.defaultInstance.parse(InferenceController.VERSION));

  private final InferenceController controller;

  InferenceShortcut(InferenceController controller, AcceptableAnswers answers) {
    this.controller = controller;
    setOrder(Ordered.HIGHEST_PRECEDENCE);
    setInterceptors(answers);
  }

  @Override
  protected @Nullable Object getHandlerInternal(HttpServletRequest request) {
    if (!request.getMethod().equals("POST")) {
      return null;
    }
    PathContainer path =
        ServletRequestPathUtils.getParsedRequestPath(request).pathWithinApplication();
    for (PathPattern route : ROUTES) {
      PathPattern.PathMatchInfo match = route.matchAndExtract(path);
      if (match != null) {
        ServerHttpObservationFilter.findObservationContext(request)
            .ifPresent(context -> context.setPathPattern(route.getPatternString()));
        return handler(match.getUriVariables());
      }
    }
    return null;
  }

  private HttpRequestHandler handler(Map<String, String> variables) {
    String model = Objects.requireNonNull(variables.get("model"));
    String version = variables.get("version");
    return version == null
        ? (request, response) -> controller.infer(model, request, response)
        : (request, response) -> controller.infer(model, version, request, response);
  }
}
