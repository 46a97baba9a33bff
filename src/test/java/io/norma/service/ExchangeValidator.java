package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds exchanges against {@code openapi/norma.yaml}: the route, the status, the content type, the
 * headers that are promised, and both bodies.
 */
public final class ExchangeValidator {
  private static final String IRI = "https://norma.invalid/openapi.yaml";
  private static final JsonMapper JSON = new JsonMapper();
  private static final ExchangeValidator INSTANCE = new ExchangeValidator();

  private final JsonNode document;
  private final SchemaRegistry schemas;

  private ExchangeValidator() {
    try {
      Object yaml = new Yaml().load(Files.readString(Path.of("openapi/norma.yaml")));
      document = JSON.valueToTree(yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    schemas =
        SchemaRegistry.withDefaultDialect(
            Dialects.getOpenApi31(),
            builder -> builder.schemas(Map.of(IRI, JSON.writeValueAsString(document))));
  }

  static ExchangeValidator get() {
    return INSTANCE;
  }

  JsonNode document() {
    return document;
  }

  /** Fails if the contract does not allow what was exchanged. */
  void validate(Exchange exchange) {
    validate(exchange, true);
  }

  /** Fails if the contract does not allow the answer; the request may be what it likes. */
  void validateAnswer(Exchange exchange) {
    validate(exchange, false);
  }

  private void validate(Exchange exchange, boolean bothBodies) {
    String path = decoded(exchange.path().replaceFirst("\\?.*", ""));
    if (path.startsWith("/actuator") || path.startsWith("/webjars/") || path.startsWith("/docs/")) {
      return;
    }
    String what = exchange.method() + " " + path + " -> " + exchange.status();
    Optional<JsonNode> route = route(path);
    if (route.isEmpty()) {
      assertThat(exchange.status()).as("%s: not in the contract", what).isEqualTo(404);
      validateError(path, exchange, what);
      return;
    }
    JsonNode operation = route.get().path(exchange.method().toLowerCase(Locale.ROOT));
    if (operation.isMissingNode()) {
      assertThat(exchange.status()).as("%s: not in the contract", what).isEqualTo(405);
      validateError(path, exchange, what);
      return;
    }
    if (bothBodies && exchange.status() < 300) {
      validateRequest(operation, exchange, what);
    }
    JsonNode responses = operation.path("responses");
    JsonNode response = responses.path(Integer.toString(exchange.status()));
    if (response.isMissingNode()) {
      assertThat(exchange.status())
          .as("%s: no such status in the contract", what)
          .isGreaterThan(399);
      response = responses.path("default");
    }
    validateResponse(resolved(response), exchange, what);
  }

  /** The path that routes are found by, without parameters of its segments. */
  private static String decoded(String path) {
    try {
      return path.contains("%2F") ? path : new URI(path.replaceAll(";[^/]*", "")).getPath();
    } catch (URISyntaxException e) {
      return path;
    }
  }

  private void validateError(String path, Exchange exchange, String what) {
    boolean v2 = path.equals("/v2") || path.startsWith("/v2/");
    validateResponse(
        document.at("/components/responses/" + (v2 ? "V2Error" : "Problem")), exchange, what);
  }

  private void validateRequest(JsonNode operation, Exchange exchange, String what) {
    byte[] body = exchange.requestBody();
    JsonNode declared = resolved(operation.path("requestBody"));
    if (body == null || body.length == 0) {
      assertThat(declared.path("required").asBoolean(false)).as("%s: body", what).isFalse();
      return;
    }
    assertThat(declared.isMissingNode()).as("%s: body is not in the contract", what).isFalse();
    JsonNode content = declared.path("content");
    String type = exchange.requestHeaders().getOrDefault("Content-Type", "application/json");
    // Where any type is taken, what it is called does not matter.
    assertThat(type.equals("application/json") || content.has(type) || content.has("*/*"))
        .as("%s: body of type %s is not in the contract", what, type)
        .isTrue();
    boolean json =
        type.equals("application/json")
            && !exchange.requestHeaders().containsKey("Inference-Header-Content-Length")
            && !exchange.requestHeaders().containsKey("Content-Encoding")
            && content.has("application/json");
    if (json) {
      validateJson(
          declared.path("content").path("application/json").path("schema"),
          body,
          what + " request");
    }
  }

  private void validateResponse(JsonNode response, Exchange exchange, String what) {
    for (Map.Entry<String, JsonNode> header : response.path("headers").properties()) {
      switch (header.getKey()) {
        case "Retry-After" ->
            assertThat(exchange.header("Retry-After"))
                .as("%s: Retry-After", what)
                .matches("[0-9]+");
        case "ETag", "Location" ->
            assertThat(exchange.header(header.getKey()))
                .as("%s: %s", what, header.getKey())
                .isNotEmpty();
        default -> {
          // There only with some answers.
        }
      }
    }
    JsonNode content = response.path("content");
    if (content.isMissingNode()) {
      assertThat(exchange.body()).as("%s: body", what).isEmpty();
      return;
    }
    if (exchange.method().equals("HEAD")) {
      return;
    }
    String type = exchange.header("Content-Type").replaceFirst(";.*", "");
    assertThat(content.has(type)).as("%s: content type '%s'", what, type).isTrue();
    if (type.endsWith("json") && exchange.header("Content-Encoding").isEmpty()) {
      validateJson(content.path(type).path("schema"), exchange.body(), what + " response");
    }
    if (type.equals("text/event-stream")) {
      JsonNode event = content.path(type).path("schema").path("contentSchema");
      validateEvents(event, exchange.text(), what + " event");
    }
  }

  /** Fails if an event of a stream is not of its schema; the stream must have ended. */
  void validateEvents(JsonNode schema, String stream, String what) {
    for (String lines : stream.strip().split("\n\n", -1)) {
      ObjectNode event = JSON.createObjectNode();
      for (String line : lines.split("\n", -1)) {
        String[] field = line.split(": ?", 2);
        if (field[0].equals("data")) {
          event.set(field[0], JSON.readTree(field[1]));
        } else if (!field[0].isEmpty()) {
          event.put(field[0], field[1]);
        }
      }
      if (!event.isEmpty()) {
        validateJson(schema, event.toString().getBytes(StandardCharsets.UTF_8), what);
      }
    }
  }

  private void validateJson(JsonNode schema, byte[] body, String what) {
    String reference = schema.path("$ref").asString("");
    if (reference.isEmpty()) {
      return;
    }
    Schema compiled = schemas.getSchema(SchemaLocation.of(IRI + reference));
    assertThat(compiled.validate(JSON.readTree(body))).as(what).isEmpty();
  }

  /** Fails if an example is not of its schema. */
  void validateExample(JsonNode schema, JsonNode example, String place) {
    String reference = schema.path("$ref").asString("");
    Schema compiled =
        reference.isEmpty()
            ? schemas.getSchema(schema.toString())
            : schemas.getSchema(SchemaLocation.of(IRI + reference));
    assertThat(compiled.validate(example)).as(place).isEmpty();
  }

  /** What a node refers to, or the node itself. */
  JsonNode resolved(JsonNode node) {
    String reference = node.path("$ref").asString("");
    return reference.isEmpty() ? node : document.at(reference.substring(1));
  }

  /** The route whose template fits; one with fewer variables wins. */
  private Optional<JsonNode> route(String path) {
    return document.path("paths").properties().stream()
        .filter(entry -> pattern(entry.getKey()).matcher(path).matches())
        .min(Comparator.comparingLong(entry -> variables(entry.getKey())))
        .map(Map.Entry::getValue);
  }

  private static long variables(String template) {
    return template.chars().filter(c -> c == '{').count();
  }

  private static Pattern pattern(String template) {
    return Pattern.compile(template.replace(".", "\\.").replaceAll("\\{[^}]+}", "[^/]+"));
  }

  public static @Nullable String reason(Exchange exchange) {
    return exchange.json().path("error").asString(exchange.json().path("detail").asString(""));
  }
}
