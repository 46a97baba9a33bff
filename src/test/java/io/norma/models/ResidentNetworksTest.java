package io.norma.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.service.LabelledNetwork;
import io.norma.service.RunningService;
import io.norma.service.StatisticsClient;
import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Models whose weights go and come back, in a service. */
final class ResidentNetworksTest {
  private static final String ONNX = "application/octet-stream";

  /** Of a matrix of two rows and columns, as it is and packed. */
  private static final long BYTES = 2 * 4 * Float.BYTES;

  @TempDir Path directory;
  private Path models;
  private @Nullable RunningService service;
  private StatisticsClient client = new StatisticsClient(0);

  @BeforeEach
  void copyModels() throws IOException {
    models = Files.createDirectories(directory.resolve("models"));
    for (int i = 1; i <= 4; i++) {
      Path folder = Files.createDirectories(models.resolve("m" + i + "/1"));
      Files.write(folder.resolve("model.onnx"), withWeights(new LabelledNetwork(i)));
    }
  }

  /** Multiplies by the unit matrix first, so that there are weights, and the answers the same. */
  private static byte[] withWeights(LabelledNetwork network) throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(network.bytes()).toBuilder();
    GraphProto.Builder graph = model.getGraphBuilder();
    NodeProto normalization = graph.getNode(0).toBuilder().setInput(0, "product").build();
    graph
        .clearNode()
        .addInitializer(
            TensorProto.newBuilder()
                .setName("unit")
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addAllDims(List.of(2L, 2L))
                .addAllFloatData(List.of(1f, 0f, 0f, 1f)))
        .addNode(
            NodeProto.newBuilder()
                .setOpType("MatMul")
                .setName("multiply")
                .addAllInput(List.of("x", "unit"))
                .addOutput("product"))
        .addNode(normalization);
    return model.build().toByteArray();
  }

  private void start(String... settings) {
    List<String> all = new ArrayList<>(List.of(settings));
    all.add("--norma.models.directory=" + models);
    RunningService started =
        RunningService.start(directory, TestDatabase.H2.url(directory), all.toArray(String[]::new));
    service = started;
    client = started.client();
  }

  @AfterEach
  void stop() {
    if (service != null) {
      service.close();
    }
  }

  private Answer infer(String model) {
    return client.post("/v2/models/" + model + "/infer", LabelledNetwork.ZEROS);
  }

  private String answered(String model) {
    Answer answer = infer(model);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json().path("outputs").toString();
  }

  private boolean isResident(String model) {
    JsonNode version = client.get("/v1/models/" + model).json().at("/versions/0");
    assertThat(version.path("state").asString()).isEqualTo("ready");
    return version.path("resident").asBoolean();
  }

  private double metric(String name) {
    return client
        .get("/actuator/prometheus")
        .text()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void keepsAllInMemoryUnlessToldOtherwise() {
    start();
    assertThat(metric("norma_models_resident")).isEqualTo(4);
    assertThat(metric("norma_models_resident_bytes")).isEqualTo(4 * BYTES);
    assertThat(metric("norma_model_reloads_total{outcome=\"success\"}")).isZero();
  }

  @Test
  void givesBackWeightsThatNobodyAskedForAndAnswersTheSameBitsWithThemBack() {
    start("--norma.models.idle-after=300ms");
    String night = new LabelledNetwork(1).statistics();
    assertThat(client.put("/v1/models/m1/running-statistics/night", night).status()).isEqualTo(201);
    assertThat(
            client.put("/v1/models/m1/active-running-statistics", "{\"set\": \"night\"}").status())
        .isEqualTo(200);
    String before = answered("m1");
    String identity = client.get("/v1/models/m1/versions/1").json().path("sha256").asString();
    await().until(() -> !isResident("m1"));

    assertThat(client.get("/v2/models/m1/ready").status()).isEqualTo(200);
    assertThat(client.get("/v2/models/m1").json().at("/inputs/0/name").asString()).isEqualTo("x");
    assertThat(client.get("/v2/models/m1/config").status()).isEqualTo(200);
    assertThat(isResident("m1")).isFalse();

    double reloads = metric("norma_model_reloads_total{outcome=\"success\"}");
    assertThat(answered("m1")).isEqualTo(before);
    assertThat(before).contains("1000.99");
    assertThat(metric("norma_model_reloads_total{outcome=\"success\"}")).isEqualTo(reloads + 1);
    assertThat(client.get("/v1/models/m1/versions/1").json().path("sha256").asString())
        .isEqualTo(identity);
    assertThat(inferences("m1")).isEqualTo(2);
  }

  private int inferences(String model) {
    return client
        .get("/v2/models/" + model + "/stats")
        .json()
        .at("/model_stats/0/inference_stats/success/count")
        .asInt();
  }

  @Test
  void takesWhateverIsAskedOfAModelWhoseWeightsAreGone() {
    start("--norma.models.idle-after=50ms");
    LabelledNetwork network = new LabelledNetwork(2);
    String model = "/v1/models/m2";
    awaitGone("m2");
    Answer calibration = client.post(model + "/calibrations", "{\"set\": \"day\"}");
    assertThat(calibration.status()).as(calibration.text()).isEqualTo(201);
    String id = calibration.json().path("id").asString();
    awaitGone("m2");
    Answer batch = client.post(model + "/calibrations/" + id + "/batches", network.batch());
    assertThat(batch.status()).as(batch.text()).isEqualTo(200);
    awaitGone("m2");
    assertThat(client.put(model + "/running-statistics/night", network.statistics()).status())
        .isEqualTo(201);
    awaitGone("m2");
    Answer blend =
        client.post(
            "/v2/models/m2/infer",
            """
            {"parameters": {"normalization": "batch"},
             "inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP32", "data": [0, 1, 2, 3]}]}
            """);
    assertThat(blend.status()).as(blend.text()).isEqualTo(200);
    awaitGone("m2");
    assertThat(client.get(model + "/drift").status()).isEqualTo(200);
    assertThat(client.get("/v2/models/m2/stats").status()).isEqualTo(200);
  }

  private void awaitGone(String model) {
    await().until(() -> !isResident(model));
  }

  @Test
  void bringsWeightsBackOnceForAllWhoWantThem() throws Exception {
    start("--norma.models.idle-after=1s");
    awaitGone("m3");
    double before = metric("norma_model_reloads_total{outcome=\"success\"}");
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        answers.add(callers.submit(() -> answered("m3")));
      }
      for (Future<String> answer : answers) {
        assertThat(answer.get()).isEqualTo(answers.getFirst().get());
      }
    }
    assertThat(metric("norma_model_reloads_total{outcome=\"success\"}")).isEqualTo(before + 1);
  }

  @Test
  void keepsTheLastUsedOfThoseThatFit() {
    start("--norma.models.max-resident-bytes=" + 2 * BYTES + "B");
    assertThat(metric("norma_models_resident")).isEqualTo(2);
    assertThat(metric("norma_models_ready")).isEqualTo(4);
    answered("m1");
    answered("m2");
    answered("m1");
    answered("m3");
    assertThat(isResident("m1")).isTrue();
    assertThat(isResident("m2")).isFalse();
    assertThat(isResident("m3")).isTrue();
    assertThat(metric("norma_models_resident_bytes")).isEqualTo(2 * BYTES);
    for (int i = 1; i <= 4; i++) {
      assertThat(answered("m" + i)).contains(i + ".0");
    }
    assertThat(metric("norma_models_resident_bytes")).isEqualTo(2 * BYTES);
  }

  @Test
  void answersRightWhileWeightsComeAndGo() throws Exception {
    start("--norma.models.max-resident-bytes=" + BYTES + "B", "--norma.models.idle-after=10ms");
    List<String> expected = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      expected.add(answered("m" + i));
    }
    try (ExecutorService callers = Executors.newFixedThreadPool(8)) {
      List<Future<?>> done = new ArrayList<>();
      for (int caller = 0; caller < 8; caller++) {
        int first = caller;
        done.add(
            callers.submit(() -> {
              for (int i = first; i < first + 60; i++) {
                assertThat(answered("m" + (1 + i % 4))).isEqualTo(expected.get(i % 4));
              }
            }));
      }
      for (Future<?> caller : done) {
        caller.get();
      }
    }
    await().until(() -> metric("norma_models_resident") == 0);
  }

  @Test
  void servesAModelThatIsLargerThanTheBoundAlone() {
    start("--norma.models.max-resident-bytes=1B");
    for (int i = 1; i <= 4; i++) {
      assertThat(answered("m" + i)).contains(i + ".0");
      assertThat(metric("norma_models_resident")).isEqualTo(1);
      assertThat(isResident("m" + i)).isTrue();
    }
  }

  @Test
  void neverTakesWeightsFromWhoUsesThem() {
    start("--norma.models.max-resident-bytes=1B");
    ModelRepository repository =
        Objects.requireNonNull(service).context().getBean(ModelRepository.class);
    ServedModel used = repository.get("m1", null);
    try (ServedModel.Use _ = used.use()) {
      answered("m2");
      answered("m3");
      assertThat(used.isResident()).isTrue();
    }
    // What was too much while it was used goes with the next use.
    answered("m2");
    assertThat(used.isResident()).isFalse();
  }

  @Test
  void namesWhatCannotComeBackUntilItCan() throws IOException {
    start("--norma.models.idle-after=50ms");
    awaitGone("m4");
    Path file = models.resolve("m4/1/model.onnx");
    Path away = models.resolve("m4/away.onnx");
    Files.move(file, away);
    Answer refused = infer("m4");
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.text())
        .contains("model 'm4' version 1 gave back its weights", "no longer where it was");
    assertThat(client.get("/v2/models/m4/ready").status()).isEqualTo(503);
    assertThat(client.get("/actuator/health/readiness").text())
        .contains("\"m4/1\":\"unavailable: model 'm4' version 1 gave back its weights");
    assertThat(metric("norma_models_unavailable")).isEqualTo(1);
    assertThat(metric("norma_model_reloads_total{outcome=\"failure\"}")).isEqualTo(1);

    Files.write(file, new LabelledNetwork(7).bytes());
    Answer other = infer("m4");
    assertThat(other.status()).isEqualTo(503);
    assertThat(other.text())
        .contains("another than the one that is served", new LabelledNetwork(7).sha256());

    Files.move(away, file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(answered("m4")).contains("4.0");
    assertThat(client.get("/v2/models/m4/ready").status()).isEqualTo(200);
    assertThat(metric("norma_models_unavailable")).isZero();
  }

  @Test
  void bringsBackADeepNetworkToTheBit() throws IOException {
    Path folder = Files.createDirectories(models.resolve("digits/1"));
    Files.copy(
        Path.of("src/main/resources/models/digits/1/model.onnx"), folder.resolve("model.onnx"));
    start("--norma.models.idle-after=100ms");
    StringBuilder pixels = new StringBuilder("0.3");
    for (int i = 1; i < 3 * 64; i++) {
      pixels.append(", ").append(i % 17 / 16.0);
    }
    String request =
        "{\"inputs\": [{\"name\": \"image\", \"shape\": [3, 1, 8, 8], \"datatype\": \"FP32\", \"data\": [%s]}]}"
            .formatted(pixels);
    Answer before = client.post("/v2/models/digits/infer", request);
    assertThat(before.status()).as(before.text()).isEqualTo(200);
    awaitGone("digits");
    assertThat(client.post("/v2/models/digits/infer", request).text()).isEqualTo(before.text());
  }

  @Test
  void bringsBackUploadsFromTheDatabase() {
    start("--norma.models.idle-after=50ms");
    byte[] bytes = new LabelledNetwork(9).bytes();
    assertThat(client.put("/v1/models/up/versions/1", bytes, ONNX).status()).isEqualTo(201);
    awaitGone("up");
    assertThat(answered("up")).contains("9.0");
  }
}
