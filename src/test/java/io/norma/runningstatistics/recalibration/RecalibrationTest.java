package io.norma.runningstatistics.recalibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.service.LabelledNetwork;
import io.norma.service.RunningService;
import io.norma.service.StatisticsClient;
import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Rows in one call against the definitions in float64, and against calibrations batch by batch. */
final class RecalibrationTest {
  private static final String MODEL = "/v1/models/plain";
  private static final String DIGITS = "/v1/models/digits";

  private static RunningService service;
  private static StatisticsClient client;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    service = RunningService.start(directory, TestDatabase.H2.url(directory));
    client = service.client();
    upload(client, MODEL, new LabelledNetwork(3).bytes());
    upload(
        client,
        DIGITS,
        Files.readAllBytes(Path.of("src/main/resources/models/digits/1/model.onnx")));
  }

  private static void upload(StatisticsClient client, String model, byte[] bytes) {
    Answer uploaded = client.put(model + "/versions/1", bytes, "application/octet-stream");
    assertThat(uploaded.status()).as(uploaded.text()).isEqualTo(201);
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  /** Rows of two channels that are far from 0 and from each other. */
  private static double[][] rows(int count) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(count);
    double[][] rows = new double[count][];
    for (int i = 0; i < count; i++) {
      rows[i] =
          new double[] {
            (float) random.nextGaussian(3, 2), (float) random.nextGaussian(-40 + i % 7, 0.5)
          };
    }
    return rows;
  }

  private static String request(double[][] rows) {
    return "{\"inputs\": [{\"name\": \"x\", \"shape\": [%d, 2], \"datatype\": \"FP32\", \"data\": %s}]}"
        .formatted(
            rows.length,
            Arrays.stream(rows)
                .flatMap(row -> Arrays.stream(row).boxed())
                .map(String::valueOf)
                .collect(Collectors.joining(", ", "[", "]")));
  }

  /** Mean of a channel, and its sum of squared deviations from that, with their count. */
  private record Moments(int count, double mean, double deviations) {
    static Moments of(double[][] rows, int from, int to, int channel) {
      double mean =
          Arrays.stream(rows, from, to).mapToDouble(row -> row[channel]).average().orElseThrow();
      double deviations =
          Arrays.stream(rows, from, to).mapToDouble(row -> Math.pow(row[channel] - mean, 2)).sum();
      return new Moments(to - from, mean, deviations);
    }
  }

  private static JsonNode recalibrate(String query, double[][] rows) {
    Answer answer = client.post(MODEL + "/recalibrations?" + query, request(rows));
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    JsonNode revision = client.get(answer.header("Location")).json();
    assertThat(revision.get("set").asString() + "@" + revision.get("revision").asInt())
        .isEqualTo(answer.json().get("published").asString());
    return revision;
  }

  private static void requireClose(JsonNode revision, int channel, double mean, double variance) {
    JsonNode layer = revision.get("layers").get("bn");
    double deviation = Math.sqrt(variance);
    assertThat(layer.get("mean").get(channel).asDouble())
        .isCloseTo(mean, within(1e-6 * (deviation + Math.abs(mean))));
    assertThat(layer.get("variance").get(channel).asDouble())
        .isCloseTo(variance, within(1e-6 * variance));
  }

  /** The last batch has 5 rows and counts as much as the others, of 16. */
  @Test
  void takesTheMeanOfMeansAndOfUnbiasedVariances() {
    double[][] rows = rows(37);
    JsonNode revision = recalibrate("set=means&batch_size=16", rows);

    for (int channel = 0; channel < 2; channel++) {
      List<Moments> batches = new ArrayList<>();
      for (int from = 0; from < rows.length; from += 16) {
        batches.add(Moments.of(rows, from, Math.min(rows.length, from + 16), channel));
      }
      requireClose(
          revision,
          channel,
          batches.stream().mapToDouble(Moments::mean).average().orElseThrow(),
          batches.stream()
              .mapToDouble(batch -> batch.deviations / (batch.count - 1))
              .average()
              .orElseThrow());
    }
    assertThat(revision.get("sample_count").asLong()).isEqualTo(37);
    assertThat(revision.get("source").asString()).isEqualTo("recalibration, in batches of 16");
  }

  @Test
  void takesAllRowsTogetherWhenAskedTo() {
    double[][] rows = rows(50);
    JsonNode revision =
        recalibrate(
            "set=pooled&batch_size=16&estimator=pooled&variance_convention=population&source=SWA",
            rows);

    for (int channel = 0; channel < 2; channel++) {
      Moments all = Moments.of(rows, 0, rows.length, channel);
      requireClose(revision, channel, all.mean, all.deviations / all.count);
    }
    assertThat(revision.get("source").asString()).isEqualTo("SWA");
    assertThat(revision.get("variance_convention").asString()).isEqualTo("population");
  }

  @Test
  void cutsBatchesOf32() {
    Answer answer = client.post(MODEL + "/recalibrations?set=usual", request(rows(66)));

    assertThat(answer.json().get("batches").asInt()).isEqualTo(3);
    assertThat(answer.json().get("samples").asInt()).isEqualTo(66);
    assertThat(answer.json().get("estimator").asString()).isEqualTo("mean_of_batches");
    assertThat(answer.json().get("state").asString()).isEqualTo("published");
  }

  /** Deeper layers see what training sees: the same bits as in a calibration of these batches. */
  @Test
  void givesWhatACalibrationOfTheSameBatchesGives() throws IOException {
    String calibration =
        client
            .post(
                DIGITS + "/calibrations",
                "{\"set\": \"apart\", \"estimator\": \"mean_of_batches\"}")
            .header("Location");
    JsonNode all =
        StatisticsClient.JSON.readTree(
            Files.readString(Path.of("examples/digits/shifted/calibration.json")));
    JsonNode data = all.get("inputs").get(0).get("data");
    for (int batch = 0; batch < 4; batch++) {
      List<String> part = new ArrayList<>();
      for (int i = 0; i < 16 * 64; i++) {
        part.add(data.get(batch * 16 * 64 + i).toString());
      }
      Answer added =
          client.post(
              calibration + "/batches",
              "{\"inputs\": [{\"name\": \"image\", \"shape\": [16, 1, 8, 8], \"datatype\": \"FP32\", \"data\": %s}]}"
                  .formatted(part));
      assertThat(added.status()).as(added.text()).isEqualTo(200);
    }
    client.post(calibration + "/publish", "{}");
    Answer once =
        client.post(DIGITS + "/versions/1/recalibrations?set=once&batch_size=16", all.toString());

    assertThat(once.status()).as(once.text()).isEqualTo(201);
    assertThat(once.header("Location")).startsWith(DIGITS + "/versions/1/running-statistics/once/");
    assertThat(client.get(once.header("Location")).json().get("layers"))
        .isEqualTo(client.get(DIGITS + "/running-statistics/apart").json().get("layers"));
  }

  @Test
  void makesNothingOfRowsOfWhichTheLastIsAlone() {
    int calibrations = calibrations();
    Answer answer =
        client.post(
            MODEL + "/recalibrations?set=none&batch_size=8&activate=true", request(rows(17)));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("batch 3 of 3 (rows 16 to 16)", "batch_size", "'bn'");
    assertThat(client.get(MODEL + "/running-statistics/none").status()).isEqualTo(404);
    assertThat(calibrations()).isEqualTo(calibrations);
  }

  @Test
  void makesNothingOfRowsOfWhichOneIsNotFinite() {
    double[][] rows = rows(24);
    rows[20][1] = Float.MAX_VALUE;
    rows[21][1] = Float.MAX_VALUE;
    Answer answer =
        client.post(
            MODEL + "/recalibrations?set=none&batch_size=8",
            request(rows).replace("3.4028234663852886E38", "\"Infinity\""));

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains("batch 3 of 3 (rows 16 to 23)", "not finite");
    assertThat(client.get(MODEL + "/running-statistics/none").status()).isEqualTo(404);
  }

  private static int calibrations() {
    return client.get(MODEL + "/calibrations").json().get("items").size();
  }

  @Test
  void refusesWhatItCannotTake() {
    refuse("batch_size=8", rows(8), "set");
    refuse("set=none&batch_size=0", rows(8), "batch_size");
    refuse("set=none&estimator=mean", rows(8), "estimator");
    refuse("set=none&activate=yes", rows(8), "activate");
    refuse("set=a%2Fb", rows(8), "a/b");
    refuse("set=none", rows(1), "2 rows or more");
    refuse("set=none&size=3", rows(8), "size");
  }

  private static void refuse(String query, double[][] rows, String named) {
    Answer answer = client.post(MODEL + "/recalibrations?" + query, request(rows));
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains(named);
  }

  @Test
  void activatesWithTheRevision() {
    Answer answer =
        client.post(MODEL + "/recalibrations?set=at-once&activate=true", request(rows(40)));

    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    assertThat(client.get(MODEL + "/active-running-statistics").json().get("set").asString())
        .isEqualTo("at-once");
    Answer asked = client.post("/v2/models/plain/infer", LabelledNetwork.ZEROS);
    assertThat(asked.json().get("parameters").get("running_statistics").asString())
        .isEqualTo("at-once@1");
  }

  @Test
  void countsAKeyOnceHoweverManySendItAtATime() throws Exception {
    String path = MODEL + "/recalibrations?set=keyed&batch_size=8";
    Callable<Answer> send = () -> client.post(path, request(rows(40)), "Idempotency-Key", "swa 7");
    List<Future<Answer>> sent;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      sent = threads.invokeAll(List.of(send, send, send, send));
    }
    int made = 0;
    for (Future<Answer> answer : sent) {
      JsonNode json = answer.get().json();
      assertThat(json.path("published").asString("")).as(json.toString()).isEqualTo("keyed@1");
      made += json.get("repeated").asBoolean() ? 0 : 1;
    }
    assertThat(made).isEqualTo(1);
    for (String other : List.of(path + "&estimator=pooled", path.replace("=8", "=10"))) {
      assertThat(client.post(other, request(rows(40)), "Idempotency-Key", "swa 7").status())
          .isEqualTo(409);
    }
    assertThat(client.post(path, request(rows(41)), "Idempotency-Key", "swa 7").status())
        .isEqualTo(409);
  }

  /** It is over when it is stored: those that are open do not stand in its way. */
  @Test
  void takesNoRoomFromOpenCalibrations(@TempDir Path directory) {
    try (RunningService full =
        RunningService.start(
            directory, TestDatabase.H2.url(directory), "--norma.calibration.max-open=1")) {
      StatisticsClient there = full.client();
      upload(there, MODEL, new LabelledNetwork(3).bytes());
      assertThat(there.post(MODEL + "/calibrations", "{\"set\": \"open\"}").status())
          .isEqualTo(201);
      assertThat(there.post(MODEL + "/calibrations", "{\"set\": \"open\"}").status())
          .isEqualTo(409);
      assertThat(there.post(MODEL + "/recalibrations?set=averaged", request(rows(9))).status())
          .isEqualTo(201);
    }
  }
}
