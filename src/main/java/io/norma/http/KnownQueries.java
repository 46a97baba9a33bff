package io.norma.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.springframework.core.io.ClassPathResource;
import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.HandlerMapping;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Refuses parameters in the address that a route does not have: one that is misspelt, or put there
 * in place of the body, must not be overlooked. Which ones a route has the contract tells, which is
 * read when the first request comes with any.
 */
@Component
final class KnownQueries implements HandlerInterceptor {
  private final Supplier<Map<String, List<String>>> known =
      SingletonSupplier.of(KnownQueries::ofContract);

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    String query = request.getQueryString();
    if (query != null && !query.isEmpty() && handler instanceof HandlerMethod) {
      Object pattern = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
      String method = request.getMethod().equals("HEAD") ? "GET" : request.getMethod();
      Query.of(
          request, known.get().getOrDefault(route(method, String.valueOf(pattern)), List.of()));
    }
    return true;
  }

  private static String route(String method, String template) {
    return method.toUpperCase(Locale.ROOT) + " " + template.replaceAll("\\{[^}]*}", "{}");
  }

  private static Map<String, List<String>> ofContract() {
    JsonNode contract;
    try (InputStream stream = new ClassPathResource(OpenApiController.CONTRACT).getInputStream()) {
      contract = JsonMapper.shared().valueToTree(new Yaml().load(stream));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, List<String>> known = new HashMap<>();
    contract
        .path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .properties()
                .forEach(operation -> {
                  List<String> names = new ArrayList<>();
                  addNames(names, contract, path.getValue().path("parameters"));
                  addNames(names, contract, operation.getValue().path("parameters"));
                  known.put(route(operation.getKey(), path.getKey()), names);
                }));
    return known;
  }

  private static void addNames(List<String> names, JsonNode contract, JsonNode parameters) {
    for (JsonNode parameter : parameters) {
      String reference = parameter.path("$ref").asString("");
      JsonNode described = reference.isEmpty() ? parameter : contract.at(reference.substring(1));
      if (described.path("in").asString("").equals("query")) {
        names.add(described.path("name").asString(""));
      }
    }
  }
}
