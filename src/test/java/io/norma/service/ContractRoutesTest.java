package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.http.FrameworkErrorController;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/**
 * The routes that the program has are those of the contract, and the contract's are the program's.
 */
final class ContractRoutesTest extends ServiceTest {
  private static final Set<String> METHODS =
      Set.of("get", "put", "post", "delete", "patch", "head");

  private static final Pattern CHOICE = Pattern.compile("\\{\\w+:([\\w|]+)}");

  @Autowired RequestMappingHandlerMapping requestMappingHandlerMapping;

  @Test
  void areTheProgramsInBothDirections() {
    assertThat(mapped()).isEqualTo(promised());
  }

  private static Set<String> promised() {
    Set<String> routes = new TreeSet<>();
    for (var path : ExchangeValidator.get().document().path("paths").properties()) {
      for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
        if (METHODS.contains(operation.getKey())) {
          routes.add(
              operation.getKey().toUpperCase(Locale.ROOT) + " " + withoutNames(path.getKey()));
        }
      }
    }
    return routes;
  }

  private Set<String> mapped() {
    Set<String> routes = new TreeSet<>();
    for (Map.Entry<RequestMappingInfo, HandlerMethod> mapping :
        requestMappingHandlerMapping.getHandlerMethods().entrySet()) {
      // Where errors end up is no route; a slash at the end is the same route.
      if (mapping.getValue().getBeanType() != FrameworkErrorController.class) {
        for (String path : mapping.getKey().getPatternValues()) {
          for (RequestMethod method : mapping.getKey().getMethodsCondition().getMethods()) {
            for (String one : alternatives(path)) {
              routes.add(method + " " + withoutNames(one.replaceFirst("(?<=.)/$", "")));
            }
          }
        }
      }
    }
    return routes;
  }

  /** The paths of {@code /{kind:a|b}}: one for each of the words. */
  private static List<String> alternatives(String path) {
    Matcher choice = CHOICE.matcher(path);
    return choice.find()
        ? Stream.of(choice.group(1).split("\\|", -1)).map(choice::replaceFirst).toList()
        : List.of(path);
  }

  private static String withoutNames(String path) {
    return path.replaceAll("\\{[^}]*}", "{}");
  }
}
