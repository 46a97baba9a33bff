package io.norma.runningstatistics.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.LabelledNetwork;
import io.norma.service.RunningService;
import io.norma.service.StatisticsClient;
import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sites send what their batches come to, and no row; what is published depends on the rows alone.
 */
final class CalibrationMergeTest {
  private static final String MODEL = "/v1/models/sites";
  private static final String OTHER = "/v1/models/other";
  private static final LabelledNetwork NETWORK = new LabelledNetwork(3);
  private static final LabelledNetwork OTHER_NETWORK = new LabelledNetwork(4);
  private static final int CHANNELS = 2;

  private static RunningService service;
  private static StatisticsClient client;

  @BeforeAll
  static void start(@TempDir Path directory) {
    service =
        RunningService.start(
            directory, TestDatabase.H2.url(directory), "--norma.calibration.max-open=1000");
    client = service.client();
    for (var model : List.of(MODEL, OTHER)) {
      LabelledNetwork network = model.equals(MODEL) ? NETWORK : OTHER_NETWORK;
      String version = model + "/versions/1";
      assertThat(client.put(version, network.bytes(), "application/octet-stream").status())
          .isEqualTo(201);
    }
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pooled", "mean_of_batches"})
  void publishesTheSameFloatsInWhateverOrderThreeSitesAreMerged(String estimator) {
    List<List<float[]>> sites = List.of(site(1, 3), site(2, 1), site(3, 4));
    String inOne = begin(MODEL, estimator);
    sites.forEach(site -> site.forEach(batch -> add(inOne, batch)));
    String expected = published(inOne);

    for (List<Integer> order : orders()) {
      String centre = begin(MODEL, estimator);
      String last = "";
      for (int site : order) {
        String own = begin(MODEL, estimator);
        sites.get(site).forEach(batch -> add(own, batch));
        succeed(merge(centre, moments(own)));
        if (!last.isEmpty()) {
          succeed(merge(own, moments(last)));
        }
        last = own;
      }
      assertThat(published(centre)).as("all into one, %s", order).isEqualTo(expected);
      assertThat(published(last)).as("one into the next, %s", order).isEqualTo(expected);
    }
  }

  private static List<List<Integer>> orders() {
    return List.of(
        List.of(0, 1, 2),
        List.of(0, 2, 1),
        List.of(1, 0, 2),
        List.of(1, 2, 0),
        List.of(2, 0, 1),
        List.of(2, 1, 0));
  }

  @Test
  void isTheMeanAndTheVarianceOfAllRows() {
    List<float[]> all = new ArrayList<>(site(4, 2));
    String centre = calibration(all);
    List<float[]> second = site(5, 3);
    succeed(merge(centre, moments(calibration(second))));
    all.addAll(second);

    JsonNode layer = client.get(publish(centre)).json().get("layers").get("bn");
    for (int c = 0; c < CHANNELS; c++) {
      double[] values = channel(all, c);
      double mean = Arrays.stream(values).average().orElseThrow();
      double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
      assertClose(layer.get("mean").get(c), mean);
      assertClose(layer.get("variance").get(c), squares / (values.length - 1));
    }
  }

  private static double[] channel(List<float[]> batches, int c) {
    List<Double> values = new ArrayList<>();
    for (float[] batch : batches) {
      for (int i = c; i < batch.length; i += CHANNELS) {
        values.add((double) batch[i]);
      }
    }
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void assertClose(JsonNode actual, double expected) {
    assertThat(Math.abs(actual.asDouble() - expected)).isLessThan(1e-6 * Math.abs(expected));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pooled", "mean_of_batches"})
  void givesBackWhatItTookToTheLastBit(String estimator) {
    String first = begin(MODEL, estimator);
    site(6, 5).forEach(batch -> add(first, batch));
    String sent = moments(first);
    String second = begin(MODEL, estimator);

    Answer merged = merge(second, sent);

    succeed(merged);
    assertThat(merged.json().get("batches").asLong()).isEqualTo(5);
    assertThat(merged.json().get("repeated").asBoolean()).isFalse();
    assertThat(moments(second)).isEqualTo(sent);
    // More bits than doubles have are among it.
    assertThat(json(sent).get("layers").get("bn").get("remainders").get("mean")).isNotEmpty();
  }

  @Test
  void takesMomentsThatSomebodyElseMadeWithoutRemainders() {
    String centre = begin(MODEL, "pooled");
    succeed(merge(centre, changed(moments(calibration(site(7, 2))), "remainders", null)));
    assertThat(published(centre)).contains("mean");
  }

  @Test
  void goesOnWithWhatWasSeenOfTheOrderOfRows() {
    float[] sorted = new float[64 * CHANNELS];
    for (int i = 0; i < sorted.length; i++) {
      int brightness = i / 32;
      sorted[i] = brightness + i % 3 * 0.01f;
    }
    String centre = begin(MODEL, "pooled");
    Answer merged = merge(centre, moments(calibration(List.of(sorted))));
    assertThat(merged.json().get("warnings").get(0).asString()).contains("neighbouring rows");
    assertThat(merged.json().get("samples").asLong()).isEqualTo(64);
  }

  @Test
  void countsAKeyOnce() {
    String centre = begin(MODEL, "pooled");
    String first = moments(calibration(site(8, 2)));
    for (boolean repeated : List.of(false, true)) {
      Answer answer = merge(centre, first, "Idempotency-Key", "site 8");
      succeed(answer);
      assertThat(answer.json().get("repeated").asBoolean()).isEqualTo(repeated);
      assertThat(answer.json().get("batches").asLong()).isEqualTo(2);
    }
    String second = moments(calibration(site(9, 2)));
    Answer other = merge(centre, second, "Idempotency-Key", "site 8");
    assertThat(other.status()).isEqualTo(409);
    assertThat(other.text()).contains("site 8");
    assertThat(client.get(centre).json().get("batches").asLong()).isEqualTo(2);

    String batch = batch(site(8, 1).getFirst());
    assertThat(client.post(centre + "/batches", batch, "Idempotency-Key", "site 8").status())
        .isEqualTo(409);
    publish(centre);
    assertThat(merge(centre, first, "Idempotency-Key", "site 8").json().get("repeated").asBoolean())
        .isTrue();
    assertThat(merge(centre, second).status()).isEqualTo(409);
  }

  @Test
  void refusesMomentsOfAnotherNetworkWithBothChecksums() {
    String centre = begin(OTHER, "pooled");
    Answer refused = merge(centre, moments(calibration(site(10, 1))));
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.json().get("detail").asString())
        .contains(NETWORK.sha256(), OTHER_NETWORK.sha256());
  }

  @Test
  void refusesWhatWasEstimatedInAnotherWay() {
    String pooled = moments(calibration(site(11, 2)));
    String means = begin(MODEL, "mean_of_batches");
    Answer refused = merge(means, pooled);
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.text()).contains("'mean_of_batches'", "'pooled'");

    add(means, site(11, 1).getFirst());
    String population =
        client
            .post(
                MODEL + "/calibrations",
                "{\"set\": \"all\", \"estimator\": \"mean_of_batches\", \"variance_convention\":"
                    + " \"population\"}")
            .header("Location");
    Answer other = merge(population, moments(means));
    assertThat(other.status()).isEqualTo(409);
    assertThat(other.text()).contains("'population'", "'unbiased'");
  }

  @Test
  void hasNoMomentsBeforeTheFirstBatch() {
    Answer none = client.get(begin(MODEL, "pooled") + "/moments");
    assertThat(none.status()).isEqualTo(409);
    assertThat(none.text()).contains("add batches");
    assertThat(client.get(MODEL + "/calibrations/none/moments").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "sha256 | null | sha256 | is missing",
        "estimator | \"best\" | estimator | one of [pooled, mean_of_batches], but is \"best\"",
        "batches | 0 | batches | 0",
        "samples | 1 | samples | 'batches', 2, but is 1",
        "surprise | 1 | surprise | is no field",
        "layers | {} | layers.bn | is missing",
        "layers/bn | null | layers.bn | must be an object",
        "layers/bm | {} | layers.bm.channels | is missing",
        "layers/bn/channels | 3 | layers.bn.rows.mean | expected 3 numbers, one per channel, got 2",
        "layers/bn/count | 3 | layers.bn.count | but is 3",
        "layers/bn/count | -1 | layers.bn.count | but is -1",
        "layers/bn/count | null | layers.bn.count | is missing",
        "layers/bn/mean | [1] | layers.bn.mean | expected 2 numbers, one per channel, got 1",
        "layers/bn/mean | [1, \"NaN\"] | layers.bn.mean[1] | must be a finite number",
        "layers/bn/mean | [1, 1e999] | layers.bn.mean[1] | must be a finite number",
        "layers/bn/mean | [1, 1e300] | layers.bn | must be finite",
        "layers/bn/sum_of_squared_deviations | [-1, 1] | layers.bn.sum_of_squared_deviations[0]"
            + " | must be 0 or more, but is -1",
        "layers/bn/variance | [1, 1] | layers.bn.variance | is no field of moments by 'pooled'",
        "layers/bn/remainders/mean | [[1, 2], [3]] | layers.bn.remainders.mean[1] | got 1",
        "layers/bn/remainders/sum_of_squared_deviations | [[-1e9, 0]] | layers.bn"
            + " | must not be negative",
        "layers/bn/rows | null | layers.bn.rows | is missing",
        "layers/bn/rows/runs | 1 | layers.bn.rows.runs | from 2 to",
        "layers/bn/rows/count | 1 | layers.bn.rows.count | but is 1",
        "layers/bn/rows/within_runs | [1, -2] | layers.bn.rows.within_runs[1] | 0 or more",
      })
  void namesTheFieldThatCannotBe(String path, String value, String field, String says) {
    String centre = begin(MODEL, "pooled");
    Answer refused = merge(centre, changed(moments(calibration(site(12, 2))), path, value));
    assertThat(refused.status()).as(refused.text()).isEqualTo(400);
    assertThat(refused.json().at("/fields/0").asString("")).as(refused.text()).isEqualTo(field);
    assertThat(refused.json().get("detail").asString()).contains("'" + field + "'", says);
    assertThat(client.get(centre).json().get("batches").asLong()).isZero();
  }

  @Test
  void refusesALayerThatTheNetworkDoesNotHave() {
    String moments = moments(calibration(site(13, 1))).replace("\"bn\":", "\"bn1\":");
    Answer refused = merge(begin(MODEL, "pooled"), moments);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text()).contains("'layers.bn1'", "'bn'");
  }

  @Test
  void losesNothingOfManyAtOnce() throws Exception {
    List<String> moments = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      moments.add(moments(calibration(site(20 + i, 2))));
    }
    String oneByOne = begin(MODEL, "pooled");
    moments.forEach(site -> succeed(merge(oneByOne, site)));
    String atOnce = begin(MODEL, "pooled");
    try (ExecutorService executor = Executors.newFixedThreadPool(8)) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (String site : moments) {
        answers.add(executor.submit(() -> merge(atOnce, site)));
      }
      for (Future<Answer> answer : answers) {
        succeed(answer.get());
      }
    }
    assertThat(client.get(atOnce).json().get("batches").asLong()).isEqualTo(16);
    assertThat(published(atOnce)).isEqualTo(published(oneByOne));
  }

  /** Batches of a site, of values that no two sites have alike. */
  private static List<float[]> site(int seed, int batches) {
    Random random = new Random(seed);
    List<float[]> site = new ArrayList<>();
    for (int b = 0; b < batches; b++) {
      float[] values = new float[CHANNELS * (2 + random.nextInt(20))];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (random.nextGaussian() * seed + (i % CHANNELS == 0 ? 0.1 : 1e4));
      }
      site.add(values);
    }
    return site;
  }

  private static String begin(String model, String estimator) {
    Answer begun =
        client.post(
            model + "/calibrations",
            "{\"set\": \"all\", \"minimum_samples\": 2, \"estimator\": \"%s\"}"
                .formatted(estimator));
    assertThat(begun.status()).as(begun.text()).isEqualTo(201);
    return begun.header("Location");
  }

  private static String calibration(List<float[]> batches) {
    String calibration = begin(MODEL, "pooled");
    batches.forEach(batch -> add(calibration, batch));
    return calibration;
  }

  private static void add(String calibration, float[] values) {
    succeed(client.post(calibration + "/batches", batch(values)));
  }

  private static String batch(float[] values) {
    return """
    {"inputs": [{"name": "x", "shape": [%d, 2], "datatype": "FP32", "data": %s}]}
    """
        .formatted(values.length / CHANNELS, Arrays.toString(values));
  }

  private static String moments(String calibration) {
    Answer moments = client.get(calibration + "/moments");
    succeed(moments);
    return moments.text();
  }

  private static Answer merge(String calibration, String moments, String... headers) {
    return client.post(calibration + "/merge", moments, headers);
  }

  /** Where the revision is. */
  private static String publish(String calibration) {
    Answer published = client.post(calibration + "/publish", "");
    succeed(published);
    return MODEL
        + "/running-statistics/"
        + published.json().get("published").asString().replace("@", "/revisions/");
  }

  private static String published(String calibration) {
    return client.get(publish(calibration)).json().get("layers").toString();
  }

  private static void succeed(Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  private static JsonNode json(String text) {
    return StatisticsClient.JSON.readTree(text);
  }

  /** A document with another value at a path, or without it where there is none. */
  private static String changed(String document, String path, @Nullable String value) {
    ObjectNode root = (ObjectNode) json(document);
    String[] names =
        path.equals("remainders") ? new String[] {"layers", "bn", path} : path.split("/");
    ObjectNode at = root;
    for (int i = 0; i < names.length - 1; i++) {
      at = (ObjectNode) at.get(names[i]);
    }
    String last = names[names.length - 1];
    // As text: a tree has no number that is too large.
    Consumer<ObjectNode> put =
        value == null ? node -> node.remove(last) : node -> node.put(last, "\u0001");
    put.accept(at);
    return root.toString().replace("\"\\u0001\"", value == null ? "" : value);
  }
}
