package io.norma.http;

import io.norma.http.codec.Json;
import io.norma.http.codec.KnownNames;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.List;
import org.springframework.core.MethodParameter;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Refuses parameters in the address that a route does not have, and any that is there twice: one
 * that is misspelt, or put there in place of the body, must not be overlooked.
 */
@Component
final class KnownQueries implements HandlerInterceptor {
  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    if (handler instanceof HandlerMethod method) {
      QueryParameters.of(request.getQueryString())
          .forEach((name, values) -> check(method, name, values));
    }
    return true;
  }

  private static void check(HandlerMethod method, String name, List<String> values) {
    List<String> known = namesOf(method);
    if (!known.contains(name)) {
      throw new ServingException.InvalidField(
          name,
          "there is no query parameter '%s'; %s"
              .formatted(Json.abbreviated(name), KnownNames.insteadOf(name, known)));
    }
    if (values.size() > 1) {
      throw new ServingException.InvalidField(
          name, "query parameter '" + name + "' is there twice");
    }
  }

  private static List<String> namesOf(HandlerMethod method) {
    List<String> names = new ArrayList<>();
    for (MethodParameter parameter : method.getMethodParameters()) {
      RequestParam named = parameter.getParameterAnnotation(RequestParam.class);
      if (named != null) {
        names.add(named.name().isEmpty() ? parameter.getParameter().getName() : named.name());
      }
    }
    return names;
  }
}
