package io.norma.models.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.FoldedModel;
import io.norma.service.Exchange;
import io.norma.service.ExchangeValidator;
import io.norma.service.ServiceTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A model without its batch normalizations gets them back from its state dict. */
final class CheckpointTest extends ServiceTest {
  private static final String PATH = "/v1/models/folded/versions/1";
  private static final String SET = "/v1/models/folded/running-statistics/night";
  private static final FoldedModel DIGITS = digits();

  private static FoldedModel digits() {
    try {
      return FoldedModel.of(digitsModel());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void delete() {
    client.delete(PATH);
  }

  @Test
  void bringsBackEveryBatchNormalization() {
    Exchange folded = client.put(PATH, DIGITS.onnx());
    assertThat(folded.status()).as(folded.text()).isEqualTo(201);
    assertThat(folded.json().at("/report/batch_normalizations").size()).isZero();
    assertThat(folded.json().at("/report/restoration").isMissingNode()).isTrue();
    double before = three();

    Exchange restored = client.put(PATH + "/checkpoint", DIGITS.checkpoint());

    assertThat(restored.status()).as(restored.text()).isEqualTo(201);
    JsonNode layers = restored.json().at("/report/batch_normalizations");
    assertThat(layers.findValuesAsString("name")).containsExactly("bn1", "bn2", "bn3", "bn4");
    assertThat(layers.findValuesAsString("kind")).containsOnly("restored");
    assertThat(restored.json().at("/report/restoration/restored/0/epsilon").asDouble())
        .isEqualTo(1e-5);
    assertThat(restored.json().at("/report/warnings").findValuesAsString("code"))
        .doesNotContain("NO_BATCH_NORMALIZATION");
    assertThat(restored.json().path("files").findValuesAsString("name"))
        .containsExactly("model.onnx", "checkpoint.safetensors");
    assertThat(restored.json().path("sha256")).isNotEqualTo(folded.json().path("sha256"));
    assertThat(client.get(PATH).json()).isEqualTo(restored.json());
    assertThat(three()).isCloseTo(before, offset(1e-6));
  }

  /** As the network that never was folded: to what a request's answer is written with. */
  @Test
  void takesRunningStatisticsAsIfItHadNeverBeenFolded() {
    client.put(PATH, DIGITS.onnx());
    client.put(PATH + "/checkpoint", DIGITS.checkpoint());
    Map<String, String> json = Map.of("Content-Type", "application/json");
    byte[] statistics = example("shifted/running-statistics.json");
    assertThat(client.send("PUT", SET, json, statistics).status()).isEqualTo(201);
    client.send("PUT", "/v1/models/digits/running-statistics/night", json, statistics);
    byte[] request =
        new String(example("three.json"), StandardCharsets.UTF_8)
            .replaceFirst("\\{", "{\"parameters\": {\"running_statistics\": \"night\"},")
            .getBytes(StandardCharsets.UTF_8);
    try {
      JsonNode restored = client.post("/v2/models/folded/infer", request, Map.of()).json();
      JsonNode exported = client.post("/v2/models/digits/infer", request, Map.of()).json();
      for (int i = 0; i < 10; i++) {
        assertThat(restored.at("/outputs/0/data/" + i).asDouble())
            .isCloseTo(exported.at("/outputs/0/data/" + i).asDouble(), offset(1e-6));
      }
    } finally {
      client.delete("/v1/models/digits/running-statistics/night");
    }
  }

  @Test
  void takesTheSameCheckpointAgainAndNoOther() throws IOException {
    client.put(PATH, DIGITS.onnx());
    Exchange first = client.put(PATH + "/checkpoint", DIGITS.checkpoint());
    Exchange again = client.put(PATH + "/checkpoint", DIGITS.checkpoint());
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.json()).isEqualTo(first.json());
    Exchange other = client.put(PATH + "/checkpoint", otherNetwork());
    assertThat(other.status()).isEqualTo(409);
    assertThat(ExchangeValidator.reason(other)).contains("has a checkpoint already");
    assertThat(client.put(PATH, DIGITS.onnx()).status()).isEqualTo(409);
  }

  @Test
  void refusesTheCheckpointOfAnotherNetwork() throws IOException {
    Exchange folded = client.put(PATH, DIGITS.onnx());
    Exchange refused = client.put(PATH + "/checkpoint", otherNetwork());
    assertThat(refused.status()).isEqualTo(400);
    assertThat(ExchangeValidator.reason(refused)).contains("0 of 5", "conv1");
    assertThat(client.get(PATH).json()).isEqualTo(folded.json());
  }

  private static byte[] otherNetwork() throws IOException {
    float[] weights = new float[16 * 9];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) Math.sin(i);
    }
    return FoldedModel.safetensors(
        Map.of("conv1.weight", Tensor.of(Shape.of(16, 1, 3, 3), weights)));
  }

  @Test
  void saysHowToMakeACheckpointOfAPyTorchFile() {
    client.put(PATH, DIGITS.onnx());
    byte[] torch = "PK\3\4".concat("x".repeat(100)).getBytes(StandardCharsets.ISO_8859_1);
    Exchange refused = client.put(PATH + "/checkpoint", torch);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(ExchangeValidator.reason(refused)).contains("safetensors.torch.save_file");
    Exchange empty = client.put(PATH + "/checkpoint", new byte[0]);
    assertThat(ExchangeValidator.reason(empty)).contains("safetensors file is truncated");
  }

  @Test
  void refusesACheckpointForWhatHasAllOrWasNotUploaded() {
    assertThat(client.put(PATH + "/checkpoint", DIGITS.checkpoint()).status()).isEqualTo(404);
    Exchange bundled = client.put("/v1/models/digits/versions/1/checkpoint", DIGITS.checkpoint());
    assertThat(bundled.status()).isEqualTo(409);
    assertThat(ExchangeValidator.reason(bundled)).contains("checkpoint.safetensors");
    client.put(PATH, digitsModel());
    Exchange unfolded = client.put(PATH + "/checkpoint", DIGITS.checkpoint());
    assertThat(unfolded.status()).isEqualTo(409);
    assertThat(ExchangeValidator.reason(unfolded)).contains("brings nothing back");
  }

  @Test
  void readsACheckpointBesideAModelInTheDirectory() throws IOException {
    Path folder = Files.createDirectories(MODELS.resolve("restored").resolve("1"));
    Files.write(folder.resolve("model.onnx"), DIGITS.onnx());
    Files.write(folder.resolve("checkpoint.safetensors"), DIGITS.checkpoint());
    assertThat(client.post("/v2/repository/models/restored/load", "{}").status()).isEqualTo(200);
    JsonNode model = client.get("/v1/models/restored/versions/1").json();
    assertThat(model.at("/report/batch_normalizations").size()).isEqualTo(4);
    client.post("/v2/repository/models/restored/unload", "{}");
  }

  private double three() {
    return client
        .post("/v2/models/folded/infer", example("three.json"), Map.of())
        .json()
        .at("/outputs/0/data/3")
        .asDouble();
  }
}
