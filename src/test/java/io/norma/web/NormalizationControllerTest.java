package io.norma.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.normalization.GoldenCase;
import io.norma.web.TestClient.Answer;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "norma.models.bundled=false",
      "spring.datasource.url=jdbc:h2:mem:normalization;DB_CLOSE_DELAY=-1"
    })
final class NormalizationControllerTest {
  private static final String BATCH = "/v1/normalizations/batch";
  private static final String EXAMPLE =
      "\"input\": {\"shape\": [4,2], \"datatype\": \"FP32\", \"data\": [[1,2],[3,4],[5,6],[7,8]]}";

  private final TestClient client;

  NormalizationControllerTest(@LocalServerPort int port) {
    client = new TestClient(port);
  }

  @Test
  void normalizesTheWorkedExample() throws Exception {
    Answer answer =
        client.post(
            BATCH,
            "{"
                + EXAMPLE
                + ", \"mode\": \"training\", \"running_mean\": [0,0], \"running_variance\": [1,1],"
                + " \"momentum\": 0.5}");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().get("count").asInt()).isEqualTo(4);
    assertThat(answer.vector("batch_mean")).containsExactly(4, 5);
    assertThat(answer.vector("batch_variance")).containsExactly(5, 5);
    assertThat(answer.vector("running_mean")).containsExactly(2, 2.5);
    assertThat(answer.vector("running_variance"))
        .containsExactly(new double[] {0.5 + 20 / 6.0, 0.5 + 20 / 6.0}, within(1e-12));
    assertThat(answer.data("output"))
        .startsWith(new double[] {-3 / Math.sqrt(5.00001)}, within(1e-6));
    assertThat(answer.json().get("conventions").toString())
        .isEqualTo(
            "{\"mode\":\"training\",\"channel_axis\":1,\"epsilon\":1.0E-5,\"momentum\":0.5,"
                + "\"decay\":0.5,\"variance_convention\":\"unbiased\"}");
  }

  @ParameterizedTest
  @CsvSource({
    "pytorch, 1, 1e-5, 0.1, unbiased",
    "keras, -1, 1e-3, 0.01, population",
    "onnx, 1, 1e-5, 0.1, population"
  })
  void fillsInWhatTheFrameworkAssumes(
      String convention, int axis, double epsilon, double momentum, String variance)
      throws Exception {
    var used =
        client
            .post(
                BATCH,
                "{" + EXAMPLE + ", \"mode\": \"training\", \"convention\": \"" + convention + "\"}")
            .json()
            .get("conventions");
    assertThat(used.get("channel_axis").asInt()).isEqualTo(axis);
    assertThat(used.get("epsilon").asDouble()).isEqualTo(epsilon);
    assertThat(used.get("momentum").asDouble()).isCloseTo(momentum, within(1e-15));
    assertThat(used.get("variance_convention").asString()).isEqualTo(variance);
  }

  @Test
  void agreesWithPyTorchOnAllBatchNormalizations() throws Exception {
    int compared = 0;
    for (GoldenCase golden : GoldenCase.all()) {
      if (!golden.is("BatchNorm2d") || golden.fails() || golden.number("eps") == 0) {
        continue;
      }
      boolean finite =
          Arrays.stream(golden.values("x")).allMatch(Double::isFinite) || !golden.trains();
      String body = batch(golden, "x", null, null, 1, finite);
      Answer first = client.post(BATCH, "{" + body + "}");
      if (golden.required("x").size() == 0) {
        assertThat(first.status()).isEqualTo(400);
        assertThat(first.detail()).contains("'input'", "the batch is empty");
        continue;
      }
      assertThat(first.status()).as(golden + first.json().toString()).isEqualTo(200);
      golden.assertClose("y", first.data("output"));
      Answer gradient =
          client.post(
              BATCH + "/gradient",
              "{" + body + ", " + tensor(golden, "output_gradient", "dy") + "}");
      assertThat(gradient.status()).as(gradient.json().toString()).isEqualTo(200);
      golden.assertClose("dx", gradient.data("input_gradient"));
      if (golden.has("dgamma")) {
        golden.assertClose("dgamma", gradient.vector("gamma_gradient"));
        golden.assertClose("dbeta", gradient.vector("beta_gradient"));
      }
      compared++;
      if (!golden.has("running_mean_1") || !finite) {
        continue;
      }
      golden.assertClose("running_mean_1", first.vector("running_mean"));
      golden.assertClose("running_var_1", first.vector("running_variance"));
      if (golden.has("running_mean_3")) {
        Answer step = first;
        for (int k = 2; k <= 3; k++) {
          step =
              client.post(
                  BATCH,
                  "{"
                      + batch(
                          golden,
                          "x" + k,
                          step.vector("running_mean"),
                          step.vector("running_variance"),
                          k,
                          true)
                      + "}");
        }
        golden.assertClose("running_mean_3", step.vector("running_mean"));
        golden.assertClose("running_var_3", step.vector("running_variance"));
        golden.assertClose("y_3", step.data("output"));
      }
    }
    assertThat(compared).isGreaterThan(50);
  }

  private static String batch(
      GoldenCase golden,
      String input,
      double @Nullable [] mean,
      double @Nullable [] variance,
      int step,
      boolean withRunning) {
    StringBuilder body = new StringBuilder(tensor(golden, "input", input));
    body.append(", \"mode\": \"").append(golden.trains() ? "training" : "inference").append('"');
    body.append(", \"epsilon\": ").append(golden.number("eps"));
    body.append(", \"momentum\": ").append(golden.momentum(step));
    for (String affine : new String[] {"gamma", "beta"}) {
      if (golden.has(affine)) {
        body.append(field(affine, golden.values(affine)));
      }
    }
    if (golden.has("running_mean_0") && withRunning) {
      body.append(field("running_mean", mean == null ? golden.values("running_mean_0") : mean));
      body.append(
          field("running_variance", variance == null ? golden.values("running_var_0") : variance));
    }
    return body.toString();
  }

  private static String tensor(GoldenCase golden, String field, String array) {
    return "\"%s\": {\"shape\": %s, \"datatype\": \"FP32\", \"data\": %s}"
        .formatted(field, golden.shape(array), list(golden.values(array)));
  }

  private static String field(String name, double[] values) {
    return ", \"" + name + "\": " + list(values);
  }

  private static String list(double[] values) {
    return Arrays.stream(values)
        .mapToObj(v -> Double.isFinite(v) ? Double.toString(v) : "\"" + v + "\"")
        .collect(Collectors.joining(",", "[", "]"));
  }

  @Test
  void agreesWithPyTorchOnAllGroupNormalizations() throws Exception {
    int compared = 0;
    for (GoldenCase golden : GoldenCase.all()) {
      if (!golden.is("GroupNorm")) {
        continue;
      }
      String body =
          tensor(golden, "input", "x")
              + ", \"groups\": "
              + (int) golden.number("groups")
              + ", \"epsilon\": "
              + golden.number("eps")
              + (golden.has("gamma")
                  ? field("gamma", golden.values("gamma")) + field("beta", golden.values("beta"))
                  : "");
      Answer answer = client.post("/v1/normalizations/group", "{" + body + "}");
      assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
      golden.assertClose("y", answer.data("output"));
      compared++;
    }
    assertThat(compared).isEqualTo(45);
  }

  @Test
  void takesAndGivesTensorsInBinary() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    float[] x = new float[40_000];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian(3, 2);
    }
    Answer binary =
        client.postBinary(
            BATCH,
            """
            {"input": {"shape": [10,4,1000], "datatype": "FP32",
                       "parameters": {"binary_data_size": 160000}},
             "mode": "training", "parameters": {"binary_data_output": true}}
            """,
            x);
    assertThat(binary.status()).as(binary.json().toString()).isEqualTo(200);
    assertThat(binary.json().get("output").get("parameters").get("binary_data_size").asInt())
        .isEqualTo(160_000);
    String data =
        IntStream.range(0, x.length)
            .mapToObj(i -> Float.toString(x[i]))
            .collect(Collectors.joining(","));
    Answer json =
        client.post(
            BATCH,
            "{\"input\": {\"data\": ["
                + data
                + "], \"datatype\": \"FP32\", \"shape\": [10,4,1000]}, \"mode\": \"training\"}");
    double[] expected = json.data("output");
    float[] actual = binary.floats();
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).isEqualTo((float) expected[i]);
    }
  }

  @Test
  void answersLargeBatchesOneAfterTheOtherFromTheirOwnValues() throws Exception {
    String json =
        """
        {"input": {"shape": [1024,256], "datatype": "FP32",
                   "parameters": {"binary_data_size": 1048576}},
         "mode": "inference", "epsilon": 1, "running_mean": %s, "running_variance": %s,
         "parameters": {"binary_data_output": true}}
        """
            .formatted(Arrays.toString(new double[256]), Arrays.toString(repeated(3, 256)));
    for (int request = 1; request <= 3; request++) {
      float[] x = new float[1 << 18];
      Arrays.fill(x, 2 * request);
      float[] y = client.postBinary(BATCH, json, x).floats();
      assertThat(y).hasSize(x.length);
      assertThat(y).containsOnly((float) request);
    }
  }

  private static double[] repeated(double value, int count) {
    double[] values = new double[count];
    Arrays.fill(values, value);
    return values;
  }

  @Test
  void refusesBinaryOfTheWrongLength() throws Exception {
    String json =
        "{\"input\": {\"shape\": [2,2], \"datatype\": \"FP32\", \"parameters\":"
            + " {\"binary_data_size\": %d}}, \"mode\": \"training\"}";
    Answer size = client.postBinary(BATCH, json.formatted(12), new float[3]);
    assertThat(size.status()).isEqualTo(400);
    assertThat(size.detail()).contains("needs 16 bytes, but its binary_data_size is 12");
    Answer less = client.postBinary(BATCH, json.formatted(16), new float[3]);
    assertThat(less.status()).isEqualTo(400);
    assertThat(less.detail()).contains("12 bytes follow the JSON").contains("sums to 16");
  }

  @Test
  void choosesGammaAndBetaByLabel() throws Exception {
    Answer answer =
        client.post(
            BATCH,
            "{"
                + EXAMPLE
                + ", \"mode\": \"training\", \"condition\": [0,1,1,0],"
                + " \"gamma_table\": [[1,1],[10,10]], \"beta_table\": [[0,0],[100,200]]}");
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    double inner = 1 / Math.sqrt(5.00001);
    assertThat(answer.data("output"))
        .containsExactly(
            new double[] {
              -3 * inner,
              -3 * inner,
              100 - 10 * inner,
              200 - 10 * inner,
              100 + 10 * inner,
              200 + 10 * inner,
              3 * inner,
              3 * inner
            },
            within(1e-4));
    Answer gradient =
        client.post(
            BATCH + "/gradient",
            "{"
                + EXAMPLE
                + ", \"mode\": \"training\", \"condition\": [0,1,1,0],"
                + " \"gamma_table\": [[1,1],[10,10]], \"output_gradient\":"
                + " {\"shape\": [4,2], \"datatype\": \"FP32\", \"data\": [1,2,3,4,5,6,7,8]}}");
    assertThat(gradient.status()).as(gradient.json().toString()).isEqualTo(200);
    assertThat(TestClient.vector(gradient.json().get("beta_table_gradient").get(0)))
        .containsExactly(8, 10);
    assertThat(TestClient.vector(gradient.json().get("beta_table_gradient").get(1)))
        .containsExactly(8, 10);
    assertThat(TestClient.vector(gradient.json().get("gamma_table_gradient").get(0)))
        .containsExactly(new double[] {18 * inner, 18 * inner}, within(1e-4));
  }

  @Test
  void renormalizesTowardsTheRunningStatistics() throws Exception {
    Answer answer =
        client.post(
            BATCH,
            "{"
                + EXAMPLE
                + ", \"mode\": \"training\", \"running_mean\": [3,5], \"running_variance\": [4,20],"
                + " \"renormalization\": {\"r_max\": 1.05, \"d_max\": 0.3}}");
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    double[] r = TestClient.vector(answer.json().get("renormalization").get("r"));
    double[] d = TestClient.vector(answer.json().get("renormalization").get("d"));
    assertThat(r).containsExactly(new double[] {1.05, 1 / 1.05}, within(1e-9));
    assertThat(d).containsExactly(new double[] {0.3, 0}, within(1e-9));
    assertThat(answer.data("output")[0])
        .isCloseTo(-3 / Math.sqrt(5.00001) * 1.05 + 0.3, within(1e-6));
  }

  @Test
  void normalizesGhostBatchesApart() throws Exception {
    Answer answer =
        client.post(
            BATCH,
            "{"
                + EXAMPLE
                + ", \"mode\": \"training\", \"ghost_batch_size\": 2, \"running_mean\": [0,0],"
                + " \"running_variance\": [0,0], \"momentum\": 0.5,"
                + " \"variance_convention\": \"population\"}");
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    double one = 1 / Math.sqrt(1.00001);
    assertThat(answer.data("output"))
        .containsExactly(new double[] {-one, -one, one, one, -one, -one, one, one}, within(1e-6));
    assertThat(answer.vector("batch_variance")).containsExactly(5, 5);
    assertThat(answer.vector("running_mean")).containsExactly(3.5, 4.25);
    assertThat(answer.vector("running_variance")).containsExactly(0.75, 0.75);
    assertThat(answer.json().get("ghost_batches").size()).isEqualTo(2);
  }

  @Test
  void leavesMaskedRowsOut() throws Exception {
    Answer answer =
        client.post(
            BATCH,
            "{" + EXAMPLE + ", \"mode\": \"training\", \"row_mask\": [true,true,true,false]}");
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    assertThat(answer.json().get("count").asInt()).isEqualTo(3);
    assertThat(answer.vector("batch_mean")).containsExactly(3, 4);
  }

  @Test
  void normalizesLayersAndInstances() throws Exception {
    Answer layer =
        client.post("/v1/normalizations/layer", "{" + EXAMPLE + ", \"normalized_shape\": [2]}");
    assertThat(layer.status()).as(layer.json().toString()).isEqualTo(200);
    double half = 0.5 / Math.sqrt(0.25001);
    assertThat(layer.data("output"))
        .containsExactly(
            new double[] {-half, half, -half, half, -half, half, -half, half}, within(1e-6));
    Answer instance =
        client.post(
            "/v1/normalizations/instance",
            "{\"input\": {\"shape\": [1,2,2], \"datatype\": \"FP64\", \"data\": [1,2,10,20]}}");
    assertThat(instance.status()).as(instance.json().toString()).isEqualTo(200);
    assertThat(instance.data("output")[3]).isCloseTo(5 / Math.sqrt(25.00001), within(1e-12));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"mode\": \"training\", \"momentum\": 0.1, \"decay\": 0.9 | momentum | one of 'momentum'",
        "\"mode\": \"training\", \"epsilon\": 0 | epsilon | above 0, but is 0.0",
        "\"mode\": \"training\", \"epsilon\": -1e-5 | epsilon | above 0",
        "\"mode\": \"training\", \"epsilon\": \"Infinity\" | epsilon | finite",
        "\"mode\": \"training\", \"gamma\": [1,2,3] | gamma | expected shape [2] or [4,2], got [3]",
        "\"mode\": \"training\", \"channel_axis\": 2 | channel_axis | out of range",
        "\"mode\": \"training\", \"channel_axis\": 0 | channel_axis | rows",
        "\"mode\": \"inference\" | running_mean | needs 'running_mean' and 'running_variance'",
        "\"mode\": \"test\" | mode | one of [training, inference]",
        "\"epsilon\": 1 | mode | is missing",
        "\"mode\": \"training\", \"running_mean\": [0,0] | running_variance | both",
        "\"mode\": \"inference\", \"running_mean\": [0,0], \"running_variance\": [1,-1] |"
            + " running_variance | channel 1 must not be negative",
        "\"mode\": \"training\", \"epsilom\": 1 | epsilom | is no field",
        "\"mode\": \"training\", \"momentum\": 2 | momentum | must lie in [0, 1]",
        "\"mode\": \"training\", \"cumulative\": {\"batches\": -1} | cumulative | 0 or more",
        "\"mode\": \"training\", \"row_mask\": [true] | row_mask | expected 4 elements",
        "\"mode\": \"training\", \"row_mask\": [true,false,false,false] | input | more than 1 value"
            + " per channel",
        "\"mode\": \"training\", \"condition\": [0,1,2,0], \"beta_table\": [[1,1],[2,2]] |"
            + " condition | label 2",
        "\"mode\": \"training\", \"ghost_batch_size\": 3 | input | more than 1 value per channel",
        "\"mode\": \"training\", \"renormalization\": {\"r_max\": 3, \"d_max\": 5} |"
            + " renormalization | needs 'running_mean'"
      })
  void namesTheFieldThatItRefuses(String fields, String field, String detail) throws Exception {
    Answer answer = client.post(BATCH, "{" + EXAMPLE + ", " + fields + "}");
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(400);
    assertThat(answer.json().get("fields").get(0).asString()).isEqualTo(field);
    assertThat(answer.detail()).contains(detail);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[4] | [1,2,3,4] | rank 2 or more",
        "[0,2] | [] | the batch is empty",
        "[1,2] | [1,2] | more than 1 value per channel",
        "[2,2] | [1,2,3] | needs 4 elements, but 'data' has 3",
        "[2,1] | [1,\"NaN\"] | channel 0 has mean NaN"
      })
  void saysWhatIsWrongWithTheInput(String shape, String data, String detail) throws Exception {
    Answer answer =
        client.post(
            BATCH,
            String.format(
                Locale.ROOT,
                "{\"input\": {\"shape\": %s, \"datatype\": \"FP32\", \"data\": %s}, \"mode\":"
                    + " \"training\", \"cumulative\": {\"batches\": 0}}",
                shape,
                data));
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(400);
    assertThat(answer.json().get("fields").get(0).asString()).isEqualTo("input");
    assertThat(answer.detail()).contains(detail);
  }

  @Test
  void takesABatchLineByLine() throws Exception {
    Answer answer =
        client.post(
            BATCH + "/stream",
            """
            {"shape": [-1,2], "datatype": "FP32", "running_mean": [0,0], "running_variance": [1,1]}
            {"input": {"shape": [1,2], "datatype": "FP32", "data": [1,2]}}

            {"input": {"shape": [3,2], "datatype": "FP32", "data": [3,4,5,6,7,8]}}
            """);
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    assertThat(answer.json().get("count").asInt()).isEqualTo(4);
    assertThat(answer.vector("batch_mean")).containsExactly(4, 5);
    assertThat(answer.vector("batch_variance")).containsExactly(5, 5);
    assertThat(answer.vector("running_mean"))
        .containsExactly(new double[] {0.4, 0.5}, within(1e-12));
    Answer wrong =
        client.post(
            BATCH + "/stream",
            """
            {"shape": [-1,2], "datatype": "FP32"}
            {"input": {"shape": [1,3], "datatype": "FP32", "data": [1,2,3]}}
            """);
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.detail()).contains("expected FP32[1,2] with any number of rows");
  }

  @Test
  void takesABinaryStreamLargerThanARequestMayBe() throws Exception {
    int rows = 4000;
    int chunks = 4500;
    float[] block = new float[rows];
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < block.length; i++) {
      block[i] = (float) random.nextGaussian(1e4, 1e-1);
    }
    String json = "{\"shape\": [-1,2,2], \"datatype\": \"FP32\"}";
    Answer answer = client.postStream(BATCH + "/stream", json, block, chunks);
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    assertThat(answer.json().get("count").asLong()).isEqualTo((long) rows * chunks / 2);
    double mean = 0;
    int count = rows / 2;
    for (int i = 0; i < block.length; i++) {
      mean += i % 4 < 2 ? (double) block[i] / count : 0;
    }
    double variance = 0;
    for (int i = 0; i < block.length; i++) {
      variance += i % 4 < 2 ? Math.pow(block[i] - mean, 2) / count : 0;
    }
    assertThat(answer.vector("batch_mean")[0]).isCloseTo(mean, within(1e-12 * mean));
    assertThat(answer.vector("batch_variance")[0]).isCloseTo(variance, within(1e-9 * variance));
  }

  @Test
  void refusesABinaryStreamThatEndsWithinARow() throws Exception {
    Answer answer =
        client.postStream(
            BATCH + "/stream", "{\"shape\": [-1,2], \"datatype\": \"FP32\"}", new float[3], 1);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.detail()).contains("ends within a row of 2 elements");
  }

  @Test
  void countsRowsAndElementsByKindAndMode() throws Exception {
    String rows = "norma_normalization_rows_total{kind=\"batch-gradient\",mode=\"inference\"}";
    double before = client.metric(rows);
    client.post(
        BATCH + "/gradient",
        "{"
            + EXAMPLE
            + ", "
            + EXAMPLE.replace("input", "output_gradient")
            + ", \"mode\": \"inference\", \"running_mean\": [0,0], \"running_variance\": [1,1]}");
    assertThat(client.metric(rows) - before).isEqualTo(4);
    assertThat(client.metric(rows.replace("rows", "elements"))).isGreaterThanOrEqualTo(8);
  }

  @Test
  void computesThroughWhatIsNotANumberWhereNothingIsRemembered() throws Exception {
    Answer answer =
        client.post(
            BATCH,
            "{\"input\": {\"shape\": [3,2], \"datatype\": \"FP32\","
                + " \"data\": [1,\"NaN\",2,3,4,5]}, \"mode\": \"training\"}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.data("output")[1]).isNaN();
    assertThat(answer.data("output")[0]).isFinite();
    assertThat(answer.vector("batch_mean")[1]).isNaN();
  }
}
