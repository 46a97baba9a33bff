package io.norma.normalization.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.network.NormalizationTest;
import io.norma.service.TestClient.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Each normalization on numbers that can be checked by hand, and what is counted of it. */
final class NormalizationControllerTest extends NormalizationTest {
  NormalizationControllerTest(@LocalServerPort int port) {
    super(port);
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
}
