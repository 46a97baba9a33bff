package io.norma.http;

import io.norma.http.codec.Json;
import io.norma.http.codec.KnownNames;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Refuses parameters in the address that a route does not have, any that is there twice, and values
 * that are not written as they should be: what is misspelt, or put there in place of the body, must
 * not be overlooked.
 */
@Component
final class KnownQueries implements HandlerInterceptor {
  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    String query = request.getQueryString();
    if (query != null && !query.isEmpty() && handler instanceof HandlerMethod route) {
      List<QueryParameter> known = QueryParameter.of(route);
      QueryParameters.of(query).forEach((name, values) -> check(known, name, values));
    }
    return true;
  }

  private static void check(List<QueryParameter> known, String name, List<String> values) {
    QueryParameter parameter =
        known.stream()
            .filter(each -> each.name().equals(name))
            .findFirst()
            .orElseThrow(() -> unknown(known, name));
    if (values.size() > 1 && !parameter.mayBeRepeated()) {
      throw new ServingException.InvalidField(
          name, "query parameter '" + name + "' is there twice");
    }
    if (!parameter.isWellWritten(values.getFirst())) {
      throw parameter.refusal(values.getFirst());
    }
  }

  private static ServingException unknown(List<QueryParameter> known, String name) {
    return new ServingException.InvalidField(
        name,
        "there is no query parameter '%s'; %s"
            .formatted(
                Json.abbreviated(name),
                KnownNames.insteadOf(name, known.stream().map(QueryParameter::name).toList())));
  }
}
