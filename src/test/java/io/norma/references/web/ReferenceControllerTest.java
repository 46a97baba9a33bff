package io.norma.references.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.FoldedModel;
import io.norma.service.Exchange;
import io.norma.service.ExchangeValidator;
import io.norma.service.ServiceTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The digits, folded and without a checkpoint, are adapted by what their layers put out. */
final class ReferenceControllerTest extends ServiceTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String MODEL = "/v1/models/bare";
  private static final String VERSION = MODEL + "/versions/1";
  private static final String REFERENCES = VERSION + "/references";

  @BeforeEach
  void upload() throws IOException {
    Exchange upload = client.put(VERSION, FoldedModel.of(digitsModel()).onnx());
    assertThat(upload.status()).as(upload.text()).isEqualTo(201);
  }

  @AfterEach
  void delete() {
    client.delete(VERSION);
  }

  @Test
  void adaptsANetworkThatHasLostItsBatchNormalizations() {
    double clean = accuracy("clean");
    double shifted = accuracy("shifted");
    assertThat(clean).isGreaterThan(0.98);
    assertThat(shifted).isLessThan(0.3);
    Exchange before = infer("clean/test-1.json");

    Exchange references = post("clean/test-2.json", "");

    assertThat(references.status()).as(references.text()).isEqualTo(200);
    assertThat(references.json().path("layers").findValuesAsString("node"))
        .containsExactly("conv1", "conv2", "conv3", "fc1");
    assertThat(references.json().path("samples").asInt()).isEqualTo(55);
    assertThat(client.get(REFERENCES).json().path("layers"))
        .isEqualTo(references.json().path("layers"));
    JsonNode report = client.get(VERSION).json().path("report");
    assertThat(report.path("batch_normalizations").findValuesAsString("kind"))
        .containsExactly("virtual", "virtual", "virtual", "virtual");
    assertThat(report.path("warnings").findValuesAsString("code"))
        .doesNotContain("NO_BATCH_NORMALIZATION");
    assertThat(infer("clean/test-1.json").json().path("outputs"))
        .isEqualTo(before.json().path("outputs"));

    calibrate("shifted/calibration.json");
    assertThat(accuracy("shifted")).isGreaterThan(0.95);
    client.post(MODEL + "/active-running-statistics/rollback", "");
    assertThat(accuracy("shifted")).isEqualTo(shifted);
    assertThat(accuracy("clean")).isEqualTo(clean);
  }

  @Test
  void mergesBatchesUntilRunningStatisticsDependOnThem() {
    post("clean/test-1.json", "");
    Exchange two = post("clean/test-2.json", "");
    assertThat(two.json().path("batches").asInt()).isEqualTo(2);
    assertThat(two.json().path("samples").asInt()).isEqualTo(111);
    assertThat(two.json().at("/layers/0/count").asInt()).isEqualTo(111 * 64);

    calibrate("shifted/calibration.json");
    Exchange late = post("clean/test-3.json", "");
    assertThat(late.status()).isEqualTo(409);
    assertThat(ExchangeValidator.reason(late)).contains("[night]", "delete the sets");
    assertThat(client.delete(REFERENCES).status()).isEqualTo(409);

    client.post(MODEL + "/active-running-statistics/rollback", "");
    assertThat(client.delete(MODEL + "/running-statistics/night").status()).isEqualTo(204);
    assertThat(client.delete(REFERENCES).status()).isEqualTo(204);
    assertThat(client.get(REFERENCES).status()).isEqualTo(404);
    assertThat(client.get(VERSION).json().at("/report/batch_normalizations").size()).isZero();
  }

  @Test
  void countsABatchOnceUnderItsKey() {
    Map<String, String> key = Map.of("Idempotency-Key", "first");
    byte[] batch = example("clean/test-1.json");
    assertThat(client.post(REFERENCES, batch, key).json().path("repeated").asBoolean()).isFalse();
    Exchange again = client.post(REFERENCES, batch, key);
    assertThat(again.json().path("repeated").asBoolean()).isTrue();
    assertThat(again.json().path("batches").asInt()).isEqualTo(1);
    Exchange other = client.post(REFERENCES, example("clean/test-2.json"), key);
    assertThat(other.status()).isEqualTo(409);
  }

  @Test
  void takesTheLayersThatTheCallerNames() {
    Exchange one = post("clean/test-1.json", "?layer=conv2&layer=fc1");
    assertThat(one.json().path("layers").findValuesAsString("node"))
        .containsExactly("conv2", "fc1");
    assertThat(one.json().path("layers").findValuesAsString("layer"))
        .containsExactly("conv2.virtual", "fc1.virtual");
    Exchange others = post("clean/test-1.json", "?layer=conv1");
    assertThat(others.status()).isEqualTo(409);
    assertThat(ExchangeValidator.reason(others)).contains("[conv2, fc1]");
    Exchange unknown = post("clean/test-1.json", "?layer=conv9");
    assertThat(unknown.status()).isEqualTo(400);
    assertThat(ExchangeValidator.reason(unknown)).contains("'conv9'", "no such layer");
  }

  @Test
  void refusesWhatCannotBeMeasured() throws IOException {
    JsonNode one = JSON.readTree(example("three.json"));
    Exchange single = post(one.toString().getBytes(StandardCharsets.UTF_8), "?layer=fc1");
    assertThat(single.status()).isEqualTo(400);
    assertThat(ExchangeValidator.reason(single)).contains("'fc1'", "1 value per channel");
    Exchange none =
        client.post(
            "/v1/models/digits/versions/1/references", example("clean/test-1.json"), Map.of());
    assertThat(none.status()).isEqualTo(400);
    assertThat(ExchangeValidator.reason(none)).contains("no convolution or dense layer");
    assertThat(client.get(REFERENCES).status()).isEqualTo(404);
  }

  private Exchange post(String example, String query) {
    return post(example(example), query);
  }

  private Exchange post(byte[] batch, String query) {
    return client.post(REFERENCES + query, batch, Map.of());
  }

  private void calibrate(String example) {
    Exchange begun = client.post(MODEL + "/calibrations", "{\"set\": \"night\"}");
    String id = begun.json().path("id").asString();
    String calibration = MODEL + "/calibrations/" + id;
    Exchange added = client.post(calibration + "/batches", example(example), Map.of());
    assertThat(added.status()).as(added.text()).isEqualTo(200);
    Exchange published = client.post(calibration + "/publish", "{\"activate\": true}");
    assertThat(published.status()).as(published.text()).isEqualTo(200);
  }

  private Exchange infer(String example) {
    return client.post("/v2/models/bare/infer", example(example), Map.of());
  }

  private double accuracy(String folder) {
    List<Boolean> right = new ArrayList<>();
    JsonNode labels = JSON.readTree(example(folder + "/labels.json"));
    for (Map.Entry<String, JsonNode> file : labels.properties()) {
      JsonNode data = infer(folder + "/" + file.getKey()).json().at("/outputs/0/data");
      for (int row = 0; row < file.getValue().size(); row++) {
        int best = 0;
        for (int c = 1; c < 10; c++) {
          boolean above = data.get(10 * row + c).asDouble() > data.get(10 * row + best).asDouble();
          best = above ? c : best;
        }
        right.add(best == file.getValue().get(row).asInt());
      }
    }
    return right.stream().filter(r -> r).count() / (double) right.size();
  }
}
