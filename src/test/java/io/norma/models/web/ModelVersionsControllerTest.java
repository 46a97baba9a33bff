package io.norma.models.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.NormaApplication;
import io.norma.service.Exchange;
import io.norma.service.ExchangeValidator;
import io.norma.service.ServiceClient;
import io.norma.service.ServiceTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** Uploading, listing, deleting, loading and unloading models. */
final class ModelVersionsControllerTest extends ServiceTest {
  /** The same network to the import, in other bytes: a protocol buffer may repeat a field. */
  private static byte[] otherBytes() {
    byte[] model = digitsModel();
    byte[] other = Arrays.copyOf(model, model.length + 2);
    other[model.length] = 0x08;
    other[model.length + 1] = 0x08;
    return other;
  }

  @Test
  void keepsAnUploadAndItsBytes() {
    String path = "/v1/models/my%20cats/versions/3";
    Exchange created = client.put(path, digitsModel());
    assertThat(created.status()).as(created.text()).isEqualTo(201);
    assertThat(created.json().at("/report/batch_normalizations").size()).isEqualTo(4);
    assertThat(created.json().path("origin").asString()).isEqualTo("uploaded");
    assertThat(client.put(path, digitsModel()).status()).isEqualTo(200);
    assertThat(client.put(path, otherBytes()).status()).isEqualTo(409);

    Exchange answer = client.post("/v2/models/my%20cats/infer", example("three.json"), Map.of());
    assertThat(answer.json().path("model_name").asString()).isEqualTo("my cats");
    assertThat(answer.json().path("model_version").asString()).isEqualTo("3");
    assertThat(client.get(path).json()).isEqualTo(created.json());
    assertThat(client.get("/v1/models/my%20cats").json().path("latest")).isEqualTo(created.json());

    assertThat(client.delete(path).status()).isEqualTo(204);
    assertThat(client.delete(path).status()).isEqualTo(404);
    assertThat(client.get("/v1/models/my%20cats").status()).isEqualTo(404);
    assertThat(client.put(path, otherBytes()).status()).isEqualTo(201);
    assertThat(client.delete("/v1/models/my%20cats").status()).isEqualTo(204);
  }

  @Test
  void answersWithTheHighestVersion() {
    client.put("/v1/models/digits/versions/2", otherBytes());
    try {
      assertThat(answeringVersion()).isEqualTo("2");
      assertThat(client.get("/v2/models/digits").json().path("versions").toString())
          .isEqualTo("[\"1\",\"2\"]");
    } finally {
      assertThat(client.delete("/v1/models/digits/versions/2").status()).isEqualTo(204);
    }
    assertThat(answeringVersion()).isEqualTo("1");
  }

  private String answeringVersion() {
    return client
        .post("/v2/models/digits/infer", example("three.json"), Map.of())
        .json()
        .path("model_version")
        .asString();
  }

  @Test
  void doesNotDeleteWhatWasNotUploaded() {
    assertThat(client.delete("/v1/models/digits/versions/1").status()).isEqualTo(409);
    assertThat(client.delete("/v1/models/digits").status()).isEqualTo(409);
  }

  @Test
  void keepsTheRunningStatisticsOfWhatItDoesNotDelete() {
    String model = "/v1/models/digits";
    Map<String, String> json = Map.of("Content-Type", "application/json");
    byte[] statistics = example("shifted/running-statistics.json");
    assertThat(client.send("PUT", model + "/running-statistics/kept", json, statistics).status())
        .isEqualTo(201);
    byte[] set = "{\"set\": \"kept\"}".getBytes(StandardCharsets.UTF_8);
    assertThat(client.put(model + "/active-running-statistics", set).status()).isEqualTo(200);
    String calibration =
        model
            + "/calibrations/"
            + client
                .post(model + "/calibrations", "{\"set\": \"kept\"}")
                .json()
                .path("id")
                .asString();
    try {
      assertThat(client.delete(model + "/versions/1").status()).isEqualTo(409);

      assertThat(client.get(model + "/running-statistics/kept").status()).isEqualTo(200);
      assertThat(client.get(calibration).status()).isEqualTo(200);
      assertThat(client.get(model + "/active-running-statistics").json().path("set").asString())
          .isEqualTo("kept");
    } finally {
      client.post(model + "/active-running-statistics/rollback", "");
      client.delete(model + "/running-statistics/kept");
      client.delete(calibration);
    }
  }

  @Test
  void servesUploadsAgainAfterARestart(@TempDir Path data) {
    String version = "/v1/models/kept/versions/7";
    try (ConfigurableApplicationContext first = start(data)) {
      assertThat(client(first).put(version, digitsModel()).status()).isEqualTo(201);
    }
    try (ConfigurableApplicationContext second = start(data)) {
      ServiceClient again = client(second);
      assertThat(again.put(version, digitsModel()).status()).isEqualTo(200);
      assertThat(again.post("/v2/models/kept/infer", example("three.json"), Map.of()).status())
          .isEqualTo(200);
      assertThat(again.delete(version).status()).isEqualTo(204);
    }
    try (ConfigurableApplicationContext third = start(data)) {
      assertThat(client(third).get(version).status()).isEqualTo(404);
    }
  }

  private static ConfigurableApplicationContext start(Path data) {
    return SpringApplication.run(
        NormaApplication.class,
        "--server.port=0",
        "--norma.data-directory=" + data,
        "--norma.models.bundled=false",
        "--norma.models.warm-up-at-most=100ms");
  }

  private static ServiceClient client(ConfigurableApplicationContext context) {
    return new ServiceClient(
        context.getEnvironment().getRequiredProperty("local.server.port", Integer.class));
  }

  @Test
  void loadsAndUnloadsFromTheDirectory() throws IOException {
    Path folder = Files.createDirectories(MODELS.resolve("from folder").resolve("4"));
    String routes = "/v2/repository/models/from%20folder/";
    assertThat(client.post(routes + "load", "").status()).isEqualTo(404);

    Files.write(folder.resolve("model.onnx"), digitsModel());
    assertThat(client.post(routes + "load", null, Map.of()).status()).isEqualTo(200);
    assertThat(state("from folder")).isEqualTo("READY");
    assertThat(client.get("/v2/models/from%20folder/versions/4/ready").status()).isEqualTo(200);

    assertThat(
            client
                .post(routes + "unload", "{\"parameters\":{\"unload_dependents\":false}}")
                .status())
        .isEqualTo(200);
    assertThat(state("from folder")).isEqualTo("UNAVAILABLE");
    Exchange gone = client.post("/v2/models/from%20folder/infer", example("three.json"), Map.of());
    assertThat(ExchangeValidator.reason(gone)).startsWith("Request for unknown model");
    assertThat(client.post("/v2/repository/index", "{\"ready\":true}").text())
        .doesNotContain("from folder");

    Files.writeString(folder.resolve("model.onnx"), "<html>");
    Exchange failed = client.post(routes + "load", "{}");
    assertThat(failed.status()).isEqualTo(400);
    assertThat(ExchangeValidator.reason(failed)).contains("failed to load", "HTML");
  }

  private String state(String model) {
    for (JsonNode entry : client.post("/v2/repository/index", null, Map.of()).json()) {
      if (entry.path("name").asString().equals(model)) {
        return entry.path("state").asString();
      }
    }
    return "";
  }

  @Test
  void keepsStatisticsOfWhatIsInTheDirectoryThoughAnUploadOfItWasDeleted() throws IOException {
    String version = "/v1/models/both/versions/1";
    assertThat(client.put(version, digitsModel()).status()).isEqualTo(201);
    Path folder = Files.createDirectories(MODELS.resolve("both").resolve("1"));
    Files.write(folder.resolve("model.onnx"), digitsModel());
    assertThat(client.delete(version).status()).isEqualTo(204);
    assertThat(client.post("/v2/repository/models/both/load", "").status()).isEqualTo(200);

    byte[] set = "{\"set\": \"default\"}".getBytes(StandardCharsets.UTF_8);
    Exchange activated = client.put(version + "/active-running-statistics", set);

    assertThat(activated.status()).as(activated.text()).isEqualTo(200);
  }

  @Test
  void loadsFilesThatComeWithTheRequest() {
    String file = Base64.getEncoder().encodeToString(digitsModel());
    Exchange loaded =
        client.post(
            "/v2/repository/models/carried/load",
            "{\"parameters\":{\"config\":\"{}\",\"file:5/model.onnx\":\"" + file + "\"}}");
    assertThat(loaded.status()).as(loaded.text()).isEqualTo(200);
    assertThat(client.get("/v2/models/carried").json().path("versions").toString())
        .isEqualTo("[\"5\"]");
    assertThat(client.post("/v2/repository/models/carried/unload", "").status()).isEqualTo(200);
    Exchange bad =
        client.post(
            "/v2/repository/models/carried/load",
            "{\"parameters\":{\"file:5/model.onnx\":\""
                + Base64.getEncoder().encodeToString("x".getBytes(StandardCharsets.UTF_8))
                + "\"}}");
    assertThat(ExchangeValidator.reason(bad)).contains("failed to load");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "load | {\"parameters\": {\"confg\": \"{}\"}} | did you mean 'config'?",
        "load | {\"parameters\": {\"Config\": \"{}\"}} | did you mean 'config'?",
        "load | {\"parameters\": {\"files:1/model.onnx\": \"CAg=\"}} | file:<version>/model.onnx",
        "load | {\"parameters\": {\"File:1/model.onnx\": \"CAg=\"}} | file:<version>/model.onnx",
        "load | {\"parameters\": {\"1/model.onnx\": \"CAg=\"}} | file:<version>/model.onnx",
        "load | {\"parameters\": {\"file:1/model.onnx\": 24}} | must be text, but is 24",
        "load | {\"parameter\": {}} | did you mean 'parameters'?",
        "index | {\"redy\": true} | did you mean 'ready'?",
        "index | {\"ready\": \"true\"} | must be true or false, but is \"true\""
      })
  void refusesNearMissesInRequestsToTheRepository(String what, String body, String word) {
    Exchange refused =
        client.post("/v2/repository/" + (what.equals("load") ? "models/digits/load" : what), body);
    assertThat(refused.status()).as(refused.text()).isEqualTo(400);
    assertThat(ExchangeValidator.reason(refused)).contains(word);
  }

  @Test
  void passesOverWhatOtherRepositoriesKnow() {
    assertThat(
            client
                .post(
                    "/v2/repository/models/digits/load",
                    "{\"parameters\": {\"config\": \"{}\", \"priority\": 1}, \"id\": \"x\"}")
                .status())
        .isEqualTo(200);
  }
}
