package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * The contract keeps to what generators of clients make use of, and to what Swagger UI fills in.
 */
final class ContractForGeneratorsTest {
  private static final JsonNode CONTRACT = ExchangeValidator.get().document();

  /** They narrow a schema for those who validate; generators pass over them. */
  private static final Set<String> CONDITIONS = Set.of("if", "then", "else", "not", "example");

  /** Of types that a language has without an import, or that every program has. */
  private static final Set<String> NAMES_OF_LANGUAGES =
      Set.of(
          "array",
          "boolean",
          "date",
          "error",
          "exception",
          "file",
          "float",
          "integer",
          "list",
          "long",
          "map",
          "number",
          "object",
          "optional",
          "record",
          "response",
          "request",
          "set",
          "string",
          "vector",
          "warning");

  @Test
  void hasParametersAtOperationsAlone() {
    for (Map.Entry<String, JsonNode> path : CONTRACT.path("paths").properties()) {
      assertThat(path.getValue().has("parameters")).as(path.getKey()).isFalse();
    }
  }

  @Test
  void saysHowLargeItsNumbersAre() {
    List<String> without = new ArrayList<>();
    collectNumbers(CONTRACT, "", without);
    assertThat(without).isEmpty();
  }

  private static void collectNumbers(JsonNode node, String path, List<String> without) {
    String type = node.path("type").asString("");
    Set<String> formats =
        switch (type) {
          case "integer" -> Set.of("int32", "int64");
          case "number" -> Set.of("double");
          default -> Set.of();
        };
    if (!formats.isEmpty() && !formats.contains(node.path("format").asString(""))) {
      without.add(path);
    }
    node.properties().stream()
        .filter(child -> !CONDITIONS.contains(child.getKey()))
        .forEach(child -> collectNumbers(child.getValue(), path + "/" + child.getKey(), without));
    for (int i = 0; i < node.size() && node.isArray(); i++) {
      collectNumbers(node.get(i), path + "/" + i, without);
    }
  }

  /** Alternatives become wrapper types, which a program has to fill instead of plain values. */
  @Test
  void hasNoAlternatives() {
    JsonNode schemas = CONTRACT.path("components").path("schemas");
    for (String keyword : List.of("oneOf", "anyOf", "allOf")) {
      assertThat(schemas.findValues(keyword)).as(keyword).isEmpty();
    }
  }

  @Test
  void hasNoSchemaOfALanguagesName() {
    assertThat(CONTRACT.path("components").path("schemas").propertyNames())
        .noneMatch(name -> NAMES_OF_LANGUAGES.contains(name.toLowerCase(Locale.ROOT)));
  }

  /** Go's constructor of a schema {@code X} is called {@code NewX}. */
  @Test
  void hasNoSchemaOfAConstructorsName() {
    Set<String> schemas = Set.copyOf(CONTRACT.path("components").path("schemas").propertyNames());
    assertThat(schemas)
        .noneMatch(
            name -> schemas.contains(name.replaceFirst("^New", "")) && name.startsWith("New"));
  }

  @Test
  void saysOfAVersionWhatItSaysOfItsModel() {
    JsonNode paths = CONTRACT.path("paths");
    int compared = 0;
    for (Map.Entry<String, JsonNode> path : paths.properties()) {
      String twin = path.getKey().replace("/{model}/", "/{model}/versions/{version}/");
      if (path.getKey().startsWith("/v1/") && !twin.equals(path.getKey()) && paths.has(twin)) {
        for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
          JsonNode other = paths.path(twin).path(operation.getKey());
          for (String part :
              List.of("tags", "summary", "description", "requestBody", "responses")) {
            assertThat(other.path(part))
                .as("%s of %s %s", part, operation.getKey(), twin)
                .isEqualTo(operation.getValue().path(part));
          }
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(15);
  }
}
