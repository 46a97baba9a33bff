package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The bundled model, asked with the requests that travel with it. */
final class DigitsTest extends ServiceTest {
  private static final JsonMapper JSON = new JsonMapper();

  @ParameterizedTest
  @ValueSource(
      strings = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"})
  void findsTheDigitWithTheProbabilitiesOfPyTorch(String name) {
    JsonNode expected = JSON.readTree(example("probabilities.json")).path(name + ".json");
    int label = JSON.readTree(example("labels.json")).path(name + ".json").get(0).asInt();

    Exchange answer = client.post("/v2/models/digits/infer", example(name + ".json"), form());

    assertThat(answer.status()).isEqualTo(200);
    JsonNode data = answer.json().at("/outputs/0/data");
    int best = 0;
    for (int i = 0; i < 10; i++) {
      assertThat(data.get(i).asDouble()).isCloseTo(expected.get(i).asDouble(), within(1e-5));
      best = data.get(i).asDouble() > data.get(best).asDouble() ? i : best;
    }
    assertThat(best).isEqualTo(label);
    assertThat(answer.json().path("id").asString()).isEqualTo(name);
    assertThat(answer.json().at("/parameters/running_statistics").asString())
        .isEqualTo("default@1");
    assertThat(answer.json().at("/parameters/normalization").asString()).isEqualTo("frozen");
  }

  @Test
  void answersARowInABatchAsItAnswersItAlone() {
    JsonNode three = JSON.readTree(example("three.json")).at("/inputs/0/data");
    JsonNode eight = JSON.readTree(example("eight.json")).at("/inputs/0/data");
    ObjectNode request = JSON.createObjectNode();
    ObjectNode input = request.putArray("inputs").addObject();
    input.put("name", "image").put("datatype", "FP32");
    input.putArray("shape").add(33).add(1).add(8).add(8);
    ArrayNode data = input.putArray("data");
    for (int row = 0; row < 33; row++) {
      data.addAll((ArrayNode) (row == 17 ? three : eight));
    }

    JsonNode alone = client.post("/v2/models/digits/infer", example("three.json"), form()).json();
    JsonNode batch = client.post("/v2/models/digits/infer", request.toString()).json();

    for (int i = 0; i < 10; i++) {
      assertThat(batch.at("/outputs/0/data").get(170 + i).asString())
          .isEqualTo(alone.at("/outputs/0/data").get(i).asString());
    }
  }

  /** What curl's {@code -d} sends. */
  private static Map<String, String> form() {
    return Map.of("Content-Type", "application/x-www-form-urlencoded");
  }
}
