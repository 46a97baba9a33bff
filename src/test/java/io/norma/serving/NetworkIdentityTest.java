package io.norma.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.norma.service.LabelledNetwork;
import io.norma.service.RunningService;
import io.norma.service.StatisticsClient;
import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Other bytes under the same name and version are another network, in everything. */
@ParameterizedClass
@EnumSource
final class NetworkIdentityTest {
  private static final LabelledNetwork ONE = new LabelledNetwork(7);
  private static final LabelledNetwork OTHER = new LabelledNetwork(11);

  private static final AtomicInteger MODELS = new AtomicInteger();

  @SuppressWarnings("NullAway.Init") // by start
  private static RunningService service;

  @SuppressWarnings("NullAway.Init") // by start
  private static StatisticsClient client;

  private String model = "";

  // A service for all tests on one database; the parameter is for the two methods around them.
  NetworkIdentityTest(TestDatabase unused) {
    assertThat(unused).isNotNull();
  }

  @BeforeParameterizedClassInvocation
  static void start(TestDatabase database, @TempDir Path directory) {
    service =
        RunningService.start(
            directory,
            database.url(directory),
            "--norma.drift.minimum-samples=2",
            "--norma.drift.sample-rate=1",
            "--norma.watch.budget=1");
    client = service.client();
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    service.close();
  }

  @BeforeEach
  void activateOwnStatistics() {
    model = "m" + MODELS.incrementAndGet();
    load(ONE);
    assertThat(client.put(path("/running-statistics/night"), ONE.statistics()).status())
        .isEqualTo(201);
    assertThat(client.put(path("/active-running-statistics"), "{\"set\": \"night\"}").status())
        .isEqualTo(200);
    requireAnswer(ONE, "night@1");
  }

  private String path(String rest) {
    return "/v1/models/" + model + rest;
  }

  /** In place of what is there, as Triton's clients do. */
  private void load(LabelledNetwork network) {
    Answer answer =
        client.post(
            "/v2/repository/models/" + model + "/load",
            "{\"parameters\": {\"file:1/model.onnx\": \"%s\"}}"
                .formatted(Base64.getEncoder().encodeToString(network.bytes())));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(client.get(path("/versions/1")).json().get("sha256").asString())
        .isEqualTo(network.sha256());
  }

  private void requireAnswer(LabelledNetwork network, String statistics) {
    Answer answer = client.post("/v2/models/" + model + "/infer", LabelledNetwork.ZEROS);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.json().get("parameters").get("running_statistics").asString())
        .isEqualTo(statistics);
    double expected = network.answer(!statistics.equals("default@1"));
    assertThat(answer.json().get("outputs").get(0).get("data").get(0).asDouble())
        .isCloseTo(expected, within(LabelledNetwork.TOLERANCE * expected));
  }

  private void requireBothChecksums(Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(409);
    assertThat(answer.json().get("detail").asString()).contains(ONE.sha256(), OTHER.sha256());
  }

  @Test
  void isServedByItsOwnStatisticsAndGetsThemBackWithItsBytes() {
    load(OTHER);
    requireAnswer(OTHER, "default@1");
    load(ONE);
    requireAnswer(ONE, "night@1");
  }

  @Test
  void knowsNoSetOfTheOtherAndSaysWhoseItIs() {
    load(OTHER);
    Answer activation = client.put(path("/active-running-statistics"), "{\"set\": \"night\"}");
    assertThat(activation.status()).isEqualTo(404);
    assertThat(activation.json().get("detail").asString()).contains(ONE.sha256(), OTHER.sha256());
    assertThat(client.get(path("/running-statistics")).json().get("items")).hasSize(1);
    assertThat(client.post(path("/active-running-statistics/rollback"), "").status())
        .isEqualTo(409);
    assertThat(client.get(path("/active-running-statistics/history")).json().get("items"))
        .isEmpty();
  }

  @Test
  void numbersRevisionsByItselfUnderTagsOfItsOwn() {
    String tag = client.get(path("/running-statistics/night")).header("ETag");
    load(OTHER);
    Answer stale =
        client.put(path("/running-statistics/night"), OTHER.statistics(), "If-Match", tag);
    assertThat(stale.status()).isEqualTo(412);
    assertThat(stale.json().get("detail").asString())
        .contains(ONE.sha256().substring(0, 12), OTHER.sha256());
    assertThat(client.put(path("/running-statistics/night"), OTHER.statistics()).status())
        .isEqualTo(201);
    Answer read = client.get(path("/running-statistics/night"), "If-None-Match", tag);
    assertThat(read.status()).isEqualTo(200);
    assertThat(read.json().get("revision").asInt()).isEqualTo(1);
    assertThat(client.put(path("/active-running-statistics"), "{\"set\": \"night\"}").status())
        .isEqualTo(200);
    requireAnswer(OTHER, "night@1");
    load(ONE);
    requireAnswer(ONE, "night@1");
  }

  @Test
  void takesNoBatchAndPublishesNothingOfACalibrationOfTheOther() {
    String calibration =
        client
            .post(path("/calibrations"), "{\"set\": \"calibrated\", \"minimum_samples\": 2}")
            .header("Location");
    assertThat(client.post(calibration + "/batches", ONE.batch()).status()).isEqualTo(200);
    load(OTHER);

    requireBothChecksums(client.post(calibration + "/batches", OTHER.batch()));
    requireBothChecksums(client.post(calibration + "/publish", "{\"activate\": true}"));
    assertThat(client.get(path("/calibrations")).json().get("items")).isEmpty();
    requireAnswer(OTHER, "default@1");

    load(ONE);
    assertThat(client.post(calibration + "/batches", ONE.batch()).json().get("batches").asInt())
        .isEqualTo(2);
    assertThat(client.post(calibration + "/publish", "{\"activate\": true}").status())
        .isEqualTo(200);
    double mean =
        client
            .get(path("/running-statistics/calibrated"))
            .json()
            .get("layers")
            .get("bn")
            .get("mean")
            .get(0)
            .asDouble();
    assertThat(mean).isCloseTo(ONE.label(), within(1e-6));
  }

  @Test
  void hasDriftAndCountsOfItsOwn() {
    awaitDrift("night@1");
    assertThat(requestCount()).isGreaterThan(1);
    load(OTHER);
    assertThat(client.get(path("/drift")).text()).doesNotContain("night@1");
    assertThat(requestCount()).isZero();
    requireAnswer(OTHER, "default@1");
    assertThat(requestCount()).isEqualTo(1);
    String series = client.get("/actuator/prometheus").text();
    assertThat(series)
        .containsPattern(
            "norma_inference_request_seconds_count\\{model=\""
                + model
                + "\",outcome=\"success\",running_statistics=\"default@1\",version=\"1\"\\}"
                + " 1\\b")
        .doesNotContain("model=\"" + model + "\",running_statistics=\"night@1\"");
  }

  private long requestCount() {
    return client
        .get("/v2/models/" + model + "/versions/1/stats")
        .json()
        .get("model_stats")
        .get(0)
        .get("execution_count")
        .asLong();
  }

  private void awaitDrift(String revision) {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          requireAnswer(ONE, revision);
          return client.get(path("/drift")).text().contains(revision);
        });
  }

  @Test
  void refusesAnUploadOfOtherBytesWithBothChecksums() {
    requireBothChecksums(
        client.put(path("/versions/1"), OTHER.bytes(), "application/octet-stream"));
    assertThat(client.put(path("/versions/2"), ONE.bytes(), "application/octet-stream").status())
        .isEqualTo(201);
    Answer again = client.put(path("/versions/2"), OTHER.bytes(), "application/octet-stream");
    requireBothChecksums(again);
  }

  @Test
  void inheritsNothingWhenItIsUploadedAfterADeletion() {
    String version = "/v1/models/uploaded/versions/1";
    String active = "/v1/models/uploaded/active-running-statistics";
    assertThat(client.put(version, ONE.bytes(), "application/octet-stream").status())
        .isEqualTo(201);
    assertThat(
            client.put("/v1/models/uploaded/running-statistics/night", ONE.statistics()).status())
        .isEqualTo(201);
    assertThat(client.put(active, "{\"set\": \"night\"}").status()).isEqualTo(200);
    assertThat(client.delete(version).status()).isEqualTo(204);
    for (LabelledNetwork network : new LabelledNetwork[] {OTHER, ONE}) {
      assertThat(client.put(version, network.bytes(), "application/octet-stream").status())
          .isEqualTo(201);
      assertThat(client.get(active).text()).contains("default").doesNotContain("night");
      assertThat(client.delete(version).status()).isEqualTo(204);
    }
  }
}
