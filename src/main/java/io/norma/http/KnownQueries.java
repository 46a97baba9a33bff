package io.norma.http;

import io.norma.http.codec.Json;
import io.norma.http.codec.KnownNames;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.core.MethodParameter;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Refuses parameters in the address that a route does not have, and any that is there twice: one
 * that is misspelt, or put there in place of the body, must not be overlooked. Nor must one that is
 * empty where text would not do: Spring takes it for one that is not there.
 */
@Component
final class KnownQueries implements HandlerInterceptor {
  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    String query = request.getQueryString();
    if (query != null && !query.isEmpty() && handler instanceof HandlerMethod method) {
      Map<String, MethodParameter> known = parametersOf(method);
      QueryParameters.of(query).forEach((name, values) -> check(known, name, values));
    }
    return true;
  }

  private static void check(Map<String, MethodParameter> known, String name, List<String> values) {
    MethodParameter parameter = known.get(name);
    if (parameter == null) {
      throw new ServingException.InvalidField(
          name,
          "there is no query parameter '%s'; %s"
              .formatted(Json.abbreviated(name), KnownNames.insteadOf(name, known.keySet())));
    }
    if (values.size() > 1) {
      throw new ServingException.InvalidField(
          name, "query parameter '" + name + "' is there twice");
    }
    if (values.getFirst().isEmpty() && parameter.getParameterType() != String.class) {
      throw new ServingException.InvalidField(
          name,
          "query parameter '%s' %s, but is ''".formatted(name, QueryAdvice.expected(parameter)));
    }
  }

  private static Map<String, MethodParameter> parametersOf(HandlerMethod method) {
    Map<String, MethodParameter> parameters = new LinkedHashMap<>();
    for (MethodParameter parameter : method.getMethodParameters()) {
      RequestParam named = parameter.getParameterAnnotation(RequestParam.class);
      if (named != null) {
        parameters.put(
            named.name().isEmpty() ? parameter.getParameter().getName() : named.name(), parameter);
      }
    }
    return parameters;
  }
}
