package io.norma.models.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.LabelledNetwork;
import io.norma.service.RunningService;
import io.norma.service.StatisticsClient;
import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** A directory as Triton has it, in a service. */
final class ModelConfigTest {
  private static final String TENSORS =
      """
      input [ { name: "x" data_type: TYPE_FP32 dims: [ 2 ] } ]
      output { name: "y", data_type: TYPE_FP32, dims: 2 }
      """;

  private static final String WHOLE =
      """
      # As tritonserver's own examples have it.
      name: "whole"
      platform: "onnxruntime_onnx"
      max_batch_size: 4
      %s
      version_policy: { specific { versions: [ 1, 3 ] } }
      dynamic_batching {
        preferred_batch_size: [ 4, 2 ]
        max_queue_delay_microseconds: 100
        preserve_ordering: true
        priority_levels: 2
        default_priority_level: 2
        default_queue_policy { timeout_action: REJECT default_timeout_microseconds: 9000000 max_queue_size: 7 }
      }
      instance_group [ { count: 2 kind: KIND_CPU } ]
      optimization { execution_accelerators {
        gpu_execution_accelerator : [ { name : "tensorrt" parameters { key: "precision_mode" value: "FP16" } } ] } }
      parameters { key: "intra_op_thread_count" value: { string_value: "4" } }
      model_warmup { name: "zeros" batch_size: 1 inputs { key: "x" value: { data_type: TYPE_FP32 dims: 2 zero_data: true } } }
      response_cache { enable: true }
      """
          .formatted(TENSORS);

  private static RunningService service;
  private static StatisticsClient client;
  private static Path models;

  @TempDir static Path directory;

  @BeforeAll
  static void start() throws IOException {
    models = directory.resolve("models");
    for (int version = 1; version <= 3; version++) {
      network("whole", version, "model.onnx");
      network("latest", version, "model.onnx");
      network("plain", version, "model.onnx");
    }
    config("whole", WHOLE);
    config("latest", "version_policy { latest { num_versions: 2 } }");
    network("renamed", 1, "net.onnx");
    config("renamed", "default_model_filename: \"net.onnx\" backend: \"onnxruntime\"");
    network("single", 1, "model.onnx");
    config("single", "max_batch_size: 0 input { name: \"x\" dims: [ -1, 2 ] }");
    service =
        RunningService.start(
            directory, TestDatabase.H2.url(directory), "--norma.models.directory=" + models);
    client = service.client();
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static void network(String model, int version, String file) throws IOException {
    Path folder = Files.createDirectories(models.resolve(model).resolve("" + version));
    Files.write(folder.resolve(file), new LabelledNetwork(version).bytes());
  }

  private static void config(String model, String text) throws IOException {
    Files.createDirectories(models.resolve(model));
    Files.writeString(models.resolve(model).resolve(ConfigText.FILE), text);
  }

  @Test
  void tellsWhatHoldsForAModelThatHasAConfiguration() {
    JsonNode config = client.get("/v2/models/whole/config").json();
    assertThat(config.path("platform").asString()).isEqualTo("onnxruntime_onnx");
    assertThat(config.path("max_batch_size").asInt()).isEqualTo(4);
    assertThat(config.path("version_policy").toString())
        .isEqualTo("{\"specific\":{\"versions\":[1,3]}}");
    assertThat(config.path("input").toString())
        .isEqualTo("[{\"name\":\"x\",\"data_type\":\"TYPE_FP32\",\"dims\":[2]}]");
    assertThat(config.path("dynamic_batching"))
        .isEqualTo(
            StatisticsClient.JSON.readTree(
                """
                {"preferred_batch_size": [2, 4], "max_queue_delay_microseconds": 100,
                 "priority_levels": 2, "default_priority_level": 2,
                 "default_queue_policy": {"timeout_action": "REJECT",
                   "default_timeout_microseconds": 9000000, "allow_timeout_override": true,
                   "max_queue_size": 7}}
                """));
    assertThat(config.at("/parameters/ignored/string_value").asString().split(", "))
        .containsExactlyInAnyOrder(
            "dynamic_batching.preserve_ordering",
            "instance_group",
            "optimization",
            "parameters",
            "model_warmup",
            "response_cache");
    assertThat(config.at("/parameters/source/string_value").asString())
        .isEqualTo("whole/config.pbtxt");
    assertThat(config.at("/parameters/rows_run_together/string_value").asString()).isEqualTo("4");
    assertThat(client.get("/v2/models/whole/versions/1/config").json()).isEqualTo(config);
  }

  @Test
  void tellsWhatHoldsForAModelThatHasNone() {
    JsonNode config = client.get("/v2/models/plain/config").json();
    assertThat(config.path("max_batch_size").asInt()).isEqualTo(8192);
    assertThat(config.path("version_policy").toString()).isEqualTo("{\"all\":{}}");
    assertThat(config.at("/dynamic_batching/priority_levels").asInt()).isEqualTo(10);
    assertThat(config.path("parameters").toString())
        .isEqualTo(
            "{\"rows_run_together\":{\"string_value\":\"32\"},\"weights\":{\"string_value\":\"fp32\"}}");
  }

  @Test
  void servesTheVersionsThatThePolicySays() {
    assertThat(versions("whole")).containsExactly("1", "3");
    assertThat(versions("latest")).containsExactly("2", "3");
    assertThat(versions("plain")).containsExactly("1", "2", "3");
    assertThat(client.get("/v2/models/whole/versions/2").status()).isEqualTo(404);
  }

  private static List<String> versions(String model) {
    JsonNode versions = client.get("/v2/models/" + model).json().path("versions");
    return StreamSupport.stream(versions.spliterator(), false).map(JsonNode::asString).toList();
  }

  @Test
  void refusesMoreRowsThanMaxBatchSize() {
    assertThat(infer("whole", 4).status()).isEqualTo(200);
    Answer refused = infer("whole", 5);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text()).contains("5 rows", "4 of max_batch_size", "whole/config.pbtxt");
    assertThat(infer("plain", 5).status()).isEqualTo(200);
  }

  private static Answer infer(String model, int rows) {
    String data = "0, 0, ".repeat(rows);
    return client.post(
        "/v2/models/" + model + "/infer",
        "{\"inputs\": [{\"name\": \"x\", \"shape\": [%d, 2], \"datatype\": \"FP32\", \"data\": [%s]}]}"
            .formatted(rows, data.substring(0, data.length() - 2)));
  }

  @Test
  void takesNoBatchesApartWhereTheModelTakesNone() {
    JsonNode config = client.get("/v2/models/single/config").json();
    assertThat(config.path("max_batch_size").asInt()).isZero();
    assertThat(config.has("dynamic_batching")).isFalse();
    assertThat(config.at("/input/0/dims").toString()).isEqualTo("[-1,2]");
    // Whoever writes 0 says that the first axis is one of the model's own.
    assertThat(infer("single", 3).status()).isEqualTo(200);
  }

  @Test
  void findsAFileOfAnotherName() {
    assertThat(infer("renamed", 1).status()).isEqualTo(200);
    assertThat(client.get("/v2/models/renamed/config").json().path("backend").asString())
        .isEqualTo("onnxruntime");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max_batch_size 4 | broken/config.pbtxt:1:16: Expected \":\"",
        "name: \"broken\"; input { | broken/config.pbtxt:1:24: Expected \"}\"",
        "max_batchsize: 4 | broken/config.pbtxt:1:1: ModelConfig has no 'max_batchsize'; it has"
            + " [name, platform",
        "max_batch_size: \"4\" | broken/config.pbtxt:1:17: ",
        "name: \"other\" | name must be 'broken'",
        "platform: \"tensorrt_plan\" | platform must be onnxruntime_onnx",
        "backend: \"python\" | backend must be onnxruntime",
        "version_policy { all { every: true } } | broken/config.pbtxt:1:24: ModelVersionPolicy.All"
            + " has no 'every'; it has []",
        "max_batch_size: -1 | max_batch_size must be from 0 to 8192, but is -1",
        "default_model_filename: \"../x.onnx\" | default_model_filename must be",
        "input { name: \"z\" } | the network has no input 'z'; its inputs are ['x' FP32 [-1, 2]]",
        "output { name: \"z\" } | the network has no output 'z'",
        "input { data_type: TYPE_FP32 } | an input has no name",
        "max_batch_size: 2 input { name: \"x\" data_type: TYPE_INT8 } | data_type of input 'x' must"
            + " be TYPE_FP32, as in the network, but is TYPE_INT8",
        "max_batch_size: 2 input { name: \"x\" dims: [3] } | dims of input 'x' must be [2] (without"
            + " the batch axis), as in the network, but are [3]",
        "max_batch_size: 2 output { name: \"y\" dims: [-1] } | dims of output 'y' must be [2]",
        "max_batch_size: 0 input { name: \"x\" dims: [2] } | dims of input 'x' must be [-1, 2], as"
            + " in the network, but are [2]",
        "input { name: \"x\" reshape { shape: [] } } | has reshape",
        "version_policy { specific {} } | version_policy.specific.versions must be",
        "max_batch_size: 2 dynamic_batching { preferred_batch_size: 3 } | preferred_batch_size must"
            + " be from 1 to 2, but is 3",
        "dynamic_batching { priority_levels: 2 } | default_priority_level must be from 1 to 2, but"
            + " is 0",
        "parameters { key: \"weights\" value: { string_value: \"int8\" } } | parameters.weights"
            + " must be fp32 or bf16, but is 'int8'",
        "dynamic_batching { default_priority_level: 2 } | left out where there are no"
            + " priority_levels",
      })
  void doesNotServeAModelWhoseConfigurationIsWrong(String text, String reason) throws IOException {
    network("broken", 1, "model.onnx");
    config("broken", text);
    Answer load = client.post("/v2/repository/models/broken/load", "");
    assertThat(load.status()).isEqualTo(400);
    assertThat(load.json().path("error").asString()).contains(reason);
    JsonNode listed = client.get("/v1/models/broken").json().at("/versions/0");
    assertThat(listed.path("state").asString()).isEqualTo("unavailable");
    assertThat(listed.path("reason").asString()).contains(reason);
    assertThat(infer("broken", 1).status()).isEqualTo(404);
  }

  @Test
  void takesAConfigurationWithTheRequestToLoad() throws IOException {
    network("loaded", 1, "model.onnx");
    config("loaded", "max_batch_size: 8");
    assertThat(load("loaded", "{\"max_batch_size\": 2}").status()).isEqualTo(200);
    assertThat(infer("loaded", 2).status()).isEqualTo(200);
    assertThat(infer("loaded", 3).status()).isEqualTo(400);
    assertThat(client.post("/v2/repository/models/loaded/load", "").status()).isEqualTo(200);
    assertThat(infer("loaded", 8).status()).isEqualTo(200);
    assertThat(infer("loaded", 9).status()).isEqualTo(400);
  }

  private static Answer load(String model, String config) {
    String quoted = StatisticsClient.JSON.writeValueAsString(config);
    return client.post(
        "/v2/repository/models/" + model + "/load",
        "{\"parameters\": {\"config\": " + quoted + "}}");
  }

  @Test
  void takesBackTheConfigurationThatItTells() {
    JsonNode told = client.get("/v2/models/whole/config").json();
    assertThat(load("whole", told.toString()).status()).isEqualTo(200);
    JsonNode again = client.get("/v2/models/whole/config").json();
    assertThat(again.path("dynamic_batching")).isEqualTo(told.path("dynamic_batching"));
    assertThat(again.path("version_policy")).isEqualTo(told.path("version_policy"));
    assertThat(again.path("input")).isEqualTo(told.path("input"));
    assertThat(client.post("/v2/repository/models/whole/load", "").status()).isEqualTo(200);
    assertThat(client.get("/v2/models/whole/config").json()).isEqualTo(told);
  }

  @Test
  void takesAConfigurationWithAFile() {
    String file = Base64.getEncoder().encodeToString(new LabelledNetwork(1).bytes());
    Answer load =
        client.post(
            "/v2/repository/models/sent/load",
            """
            {"parameters": {"config": "{\\"maxBatchSize\\": 1, \\"instance_group\\": [{\\"kind\\": \\"KIND_CPU\\", \\"count\\": 1}]}",
                            "file:1/model.onnx": "%s"}}
            """
                .formatted(file));
    assertThat(load.status()).isEqualTo(200);
    assertThat(infer("sent", 2).status()).isEqualTo(400);
    assertThat(
            client
                .get("/v2/models/sent/config")
                .json()
                .at("/parameters/ignored/string_value")
                .asString())
        .isEqualTo("instance_group");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ | parameters.config must be a model configuration as JSON in a string",
        "[] | parameters.config must be an object, but is []",
        "{\"max_batchsize\": 1} | parameters.config.max_batchsize is nothing that",
        "{\"max_batch_size\": \"many\"} | parameters.config.max_batch_size must be a whole number",
        "{\"max_batch_size\": 5000000000} | must be a whole number of 32 bits",
        "{\"input\": [{\"name\": \"x\", \"data_type\": \"FP32\"}]} |"
            + " parameters.config.input[0].data_type must be one of",
        "{\"input\": {\"name\": \"x\"}} | parameters.config.input must be a list",
        "{\"response_cache\": {\"enable\": 1}} | parameters.config.response_cache.enable must be"
            + " true or false",
        "{\"default_model_filename\": \"net.onnx\"} | must be model.onnx, but is net.onnx",
      })
  void refusesAConfigurationThatIsNone(String config, String reason) {
    Answer refused = load("plain", config);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().path("error").asString()).contains(reason);
    assertThat(infer("plain", 1).status()).isEqualTo(200);
  }

  @Test
  void limitsNoWaitingWhereAConfigurationWantsItDelayed() throws IOException {
    network("timeout", 1, "model.onnx");
    config(
        "timeout",
        "dynamic_batching { default_queue_policy { timeout_action: DELAY"
            + " default_timeout_microseconds: 5 } }");
    assertThat(client.post("/v2/repository/models/timeout/load", "").status()).isEqualTo(200);
    JsonNode config = client.get("/v2/models/timeout/config").json();
    assertThat(
            config
                .at("/dynamic_batching/default_queue_policy/default_timeout_microseconds")
                .asInt())
        .isZero();
    assertThat(List.of(config.at("/parameters/ignored/string_value").asString().split(", ")))
        .containsExactly(
            "dynamic_batching.default_queue_policy.timeout_action",
            "dynamic_batching.default_queue_policy.default_timeout_microseconds");
  }
}
