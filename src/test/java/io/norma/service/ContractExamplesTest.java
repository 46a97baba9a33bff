package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The contract's examples are of the form that it promises, and true. */
final class ContractExamplesTest extends ServiceTest {
  private static final ExchangeValidator CONTRACT = ExchangeValidator.get();

  /** Float32 results may differ in their last digits between processors. */
  private static final double TOLERANCE = 1e-5;

  @Test
  void areOfTheirSchemas() {
    List<String> checked = new ArrayList<>();
    check(CONTRACT.document(), "#", checked);
    assertThat(checked).hasSizeGreaterThan(60);
  }

  private static void check(JsonNode node, String path, List<String> checked) {
    if (node.has("schema")) {
      for (JsonNode example : examples(node)) {
        CONTRACT.validateExample(node.path("schema"), example, path);
        checked.add(path);
      }
    } else if (path.matches("#/components/schemas/\\w+") && node.has("example")) {
      JsonNode reference = JsonNodeFactory.instance.objectNode().put("$ref", path);
      CONTRACT.validateExample(reference, node.path("example"), path);
      checked.add(path);
    }
    for (Map.Entry<String, JsonNode> child : node.properties()) {
      if (!child.getKey().equals("example")) {
        check(child.getValue(), path + "/" + child.getKey(), checked);
      }
    }
    for (int i = 0; i < node.size() && node.isArray(); i++) {
      check(node.get(i), path + "/" + i, checked);
    }
  }

  /** Those that stand beside a schema. */
  private static List<JsonNode> examples(JsonNode described) {
    List<JsonNode> examples = new ArrayList<>();
    if (described.has("example")) {
      examples.add(described.path("example"));
    }
    described.path("examples").forEach(example -> examples.add(example.path("value")));
    return examples;
  }

  @Test
  void areThereForEveryAnswerInJson() {
    for (var path : CONTRACT.document().path("paths").properties()) {
      for (var operation : path.getValue().properties()) {
        for (var response : operation.getValue().path("responses").properties()) {
          for (var content : CONTRACT.resolved(response.getValue()).path("content").properties()) {
            boolean has =
                !examples(content.getValue()).isEmpty()
                    || CONTRACT.resolved(content.getValue().path("schema")).has("example");
            assertThat(has || !content.getKey().endsWith("json"))
                .as("%s %s %s", operation.getKey(), path.getKey(), response.getKey())
                .isTrue();
          }
        }
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> areWhatTheServiceAnswersToTheExamplesOfRequests() {
    return CONTRACT.document().path("paths").properties().stream()
        .filter(path -> path.getKey().startsWith("/v1/normalizations/"))
        .map(path -> DynamicTest.dynamicTest(path.getKey(), () -> answersAsItSays(path.getKey())));
  }

  private void answersAsItSays(String path) {
    JsonNode operation = CONTRACT.document().path("paths").path(path).path("post");
    Map.Entry<String, JsonNode> request =
        operation.path("requestBody").path("content").properties().iterator().next();
    JsonNode body = request.getValue().path("example");
    Exchange exchange =
        client.post(
            path,
            (body.isString() ? body.asString() : body.toString()).getBytes(StandardCharsets.UTF_8),
            Map.of("Content-Type", request.getKey()));
    assertThat(exchange.status()).as(exchange.text()).isEqualTo(200);
    assertAlike(
        operation.at("/responses/200/content/application~1json/example"), exchange.json(), "");
  }

  @Test
  void areWhatTheServiceAnswersOfANormalizer() {
    client.delete("/v1/normalizers/prices");
    String path = "/v1/normalizers/{normalizer}";
    client.put("/v1/normalizers/prices", request(path, "put"));
    for (String part : List.of("/batches", "/apply", "/merge")) {
      if (part.equals("/merge")) {
        Exchange remembered = client.get("/v1/normalizers/prices");
        JsonNode example =
            CONTRACT.document().at("/components/schemas/Normalizer/example").deepCopy();
        ((ObjectNode) example).set("created_at", remembered.json().path("created_at"));
        assertAlike(example, remembered.json(), "");
      }
      Exchange exchange =
          client.post("/v1/normalizers/prices" + part, request(path + part, "post"), Map.of());
      assertAlike(
          CONTRACT
              .document()
              .path("paths")
              .path(path + part)
              .at("/post/responses/200/content/application~1json/example"),
          exchange.json(),
          "");
    }
  }

  private static byte[] request(String path, String method) {
    return CONTRACT
        .document()
        .path("paths")
        .path(path)
        .path(method)
        .at("/requestBody/content/application~1json/example")
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void areWhatTheServiceAnswersOfTheDigits() {
    assertAlike(schemaExample("ModelVersion"), get("/v1/models/digits/versions/1"), "");
    Exchange three = client.post("/v2/models/digits/infer", example("three.json"), Map.of());
    assertAlike(
        CONTRACT.document().at("/components/responses/Inference/content/application~1json/example"),
        three.json(),
        "");
  }

  @Test
  void askForWhatTheDigitsTake() {
    JsonNode inference =
        CONTRACT.document().at("/components/requestBodies/Inference/content/application~1json");
    for (JsonNode example : examples(inference)) {
      Exchange answer = client.post("/v2/models/digits/infer", json(example), Map.of());
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }
    String models = "/v1/models/digits";
    Exchange loaded =
        client.send(
            "PUT",
            models + "/running-statistics/own",
            Map.of("Content-Type", "application/json"),
            json(schemaExample("StatisticsDocument")));
    assertThat(loaded.status()).as(loaded.text()).isEqualTo(201);
    JsonNode batch =
        CONTRACT.document().at("/components/requestBodies/Batch/content/application~1json/example");
    String compared = models + "/running-statistics/compare?from=default@1&to=own";
    assertThat(client.post(compared, json(batch), Map.of()).status()).isEqualTo(200);
    assertThat(client.delete(models + "/running-statistics/own").status()).isEqualTo(204);
  }

  @Test
  void areEventsOfACalibration() {
    JsonNode stream =
        CONTRACT
            .document()
            .path("paths")
            .path("/v1/models/{model}/calibrations/{calibration}/events")
            .at("/get/responses/200/content/text~1event-stream");
    JsonNode event = stream.path("schema").path("contentSchema");
    CONTRACT.validateEvents(event, stream.path("example").asString(), "example");
    assertThatThrownBy(() -> CONTRACT.validateEvents(event, "event:progress\ndata:{}", "no data"))
        .isInstanceOf(AssertionError.class);

    Exchange begun =
        client.post(
            "/v1/models/digits/calibrations", json(schemaExample("CalibrationRequest")), Map.of());
    String calibration = begun.header("Location");
    JsonNode batch =
        CONTRACT.document().at("/components/requestBodies/Batch/content/application~1json/example");
    assertThat(client.post(calibration + "/batches", json(batch), Map.of()).status())
        .isEqualTo(200);
    client.post(calibration + "/batches", example("shifted/calibration.json"), Map.of());
    client.post(calibration + "/publish", new byte[0], Map.of());
    assertThat(client.get(calibration + "/events").text()).contains("event:published");
    client.delete(calibration);
    client.delete("/v1/models/digits/running-statistics/night");
  }

  private static byte[] json(JsonNode node) {
    return node.toString().getBytes(StandardCharsets.UTF_8);
  }

  private JsonNode get(String path) {
    return client.get(path).json();
  }

  private static JsonNode schemaExample(String name) {
    return CONTRACT.document().at("/components/schemas/" + name + "/example");
  }

  private static void assertAlike(JsonNode expected, JsonNode actual, String path) {
    if (expected.isNumber()) {
      assertThat(actual.asDouble()).as(path).isCloseTo(expected.asDouble(), within(TOLERANCE));
    } else if (expected.isObject()) {
      assertThat(actual.propertyNames())
          .as(path)
          .containsExactlyInAnyOrderElementsOf(expected.propertyNames());
      expected
          .properties()
          .forEach(field ->
              assertAlike(
                  field.getValue(), actual.path(field.getKey()), path + "/" + field.getKey()));
    } else if (expected.isArray()) {
      assertThat(actual.size()).as(path).isEqualTo(expected.size());
      for (int i = 0; i < expected.size(); i++) {
        assertAlike(expected.get(i), actual.get(i), path + "/" + i);
      }
    } else {
      assertThat(actual).as(path).isEqualTo(expected);
    }
  }
}
