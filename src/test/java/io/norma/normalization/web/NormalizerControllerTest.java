package io.norma.normalization.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.service.TestClient;
import io.norma.service.TestClient.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = "norma.models.bundled=false")
final class NormalizerControllerTest {
  private static final String PATH = "/v1/normalizers/";
  private static final String EXAMPLE =
      "{\"input\": {\"shape\": [4,2], \"datatype\": \"FP32\", \"data\": [1,2,3,4,5,6,7,8]}}";

  @TempDir static Path directory;

  private final TestClient client;

  NormalizerControllerTest(@LocalServerPort int port) {
    client = new TestClient(port);
  }

  @DynamicPropertySource
  static void database(DynamicPropertyRegistry registry) {
    registry.add(
        "spring.datasource.url",
        () -> "jdbc:h2:file:" + directory.resolve("norma") + ";LOCK_TIMEOUT=20000");
  }

  private void make(String name, String fields) throws Exception {
    Answer made = client.send("PUT", PATH + name, "{" + fields + "}");
    assertThat(made.status()).as(made.json().toString()).isEqualTo(201);
  }

  @Test
  void remembersTheStatisticsOfAllValues() throws Exception {
    make("all", "\"channels\": 2, \"cumulative\": true");
    client.post(
        PATH + "all/batches",
        "{\"input\": {\"shape\": [2,2], \"datatype\": \"FP32\", \"data\": [1,2,3,4]}}");
    Answer answer =
        client.post(
            PATH + "all/batches",
            "{\"input\": {\"shape\": [2,2], \"datatype\": \"FP64\", \"data\": [5,6,7,8]}}");

    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    assertThat(answer.vector("batch_mean")).containsExactly(6, 7);
    assertThat(answer.data("output")[0]).isCloseTo(-1 / Math.sqrt(1.00001), within(1e-12));
    assertThat(answer.vector("running_mean")).containsExactly(4, 5);
    assertThat(answer.vector("running_variance"))
        .containsExactly(new double[] {20 / 3.0, 20 / 3.0}, within(1e-12));
    Answer read = client.send("GET", PATH + "all", "");
    assertThat(read.json().get("batches").asInt()).isEqualTo(2);
    assertThat(read.json().get("moments").get("count").asInt()).isEqualTo(4);
  }

  @Test
  void weighsBatchesByMomentum() throws Exception {
    make("weighed", "\"channels\": 2, \"convention\": \"onnx\", \"channel_axis\": 1");
    Answer answer = client.post(PATH + "weighed/batches", EXAMPLE);
    assertThat(answer.vector("running_mean"))
        .containsExactly(new double[] {0.4, 0.5}, within(1e-12));
    assertThat(answer.vector("running_variance"))
        .containsExactly(new double[] {1.4, 1.4}, within(1e-12));
  }

  @Test
  void appliesWithoutChangingAnything() throws Exception {
    make(
        "frozen", "\"channels\": 2, \"cumulative\": true, \"variance_convention\": \"population\"");
    Answer early = client.post(PATH + "frozen/apply", EXAMPLE);
    assertThat(early.status()).isEqualTo(409);
    assertThat(early.detail()).contains("has seen no batch");
    client.post(PATH + "frozen/batches", EXAMPLE);
    String one = "{\"input\": {\"shape\": [1,2], \"datatype\": \"FP32\", \"data\": [7,2]}}";
    Answer applied = client.post(PATH + "frozen/apply", one);
    assertThat(applied.data("output"))
        .containsExactly(
            new double[] {3 / Math.sqrt(5.00001), -3 / Math.sqrt(5.00001)}, within(1e-6));
    assertThat(client.send("GET", PATH + "frozen", "").json().get("batches").asInt()).isEqualTo(1);
  }

  @Test
  void countsABatchSentAgainOnce() throws Exception {
    make("again", "\"channels\": 2, \"cumulative\": true");
    Answer first = client.post(PATH + "again/batches", EXAMPLE, "Idempotency-Key", "k1");
    client.post(PATH + "again/batches", EXAMPLE.replace("8]", "9]"), "Idempotency-Key", "k2");
    Answer second = client.post(PATH + "again/batches", EXAMPLE, "Idempotency-Key", "k1");
    assertThat(first.json().get("repeated").asBoolean()).isFalse();
    assertThat(second.json().get("repeated").asBoolean()).isTrue();
    assertThat(second.vector("running_mean")).containsExactly(first.vector("running_mean"));
    assertThat(second.data("output")).containsExactly(first.data("output"));
    assertThat(client.send("GET", PATH + "again", "").json().get("batches").asInt()).isEqualTo(2);
    Answer other =
        client.post(PATH + "again/batches", EXAMPLE.replace("8]", "10]"), "Idempotency-Key", "k1");
    assertThat(other.status()).isEqualTo(409);
    assertThat(other.detail()).contains("k1", "a new one needs a new key");
  }

  @Test
  void mergesWhatAnotherReplicaExports() throws Exception {
    make("one", "\"channels\": 2, \"cumulative\": true");
    make("two", "\"channels\": 2, \"cumulative\": true");
    client.post(PATH + "one/batches", EXAMPLE);
    client.post(PATH + "two/batches", EXAMPLE.replace("8]", "80]"));
    var exported = client.send("GET", PATH + "two", "").json();
    String moments = exported.get("moments").toString();
    String body = moments.substring(0, moments.length() - 1) + ", \"batches\": 1}";
    Answer merged = client.post(PATH + "one/merge", body, "Idempotency-Key", "m");
    assertThat(merged.status()).as(merged.json().toString()).isEqualTo(200);
    assertThat(merged.vector("running_mean")).containsExactly(4, 14);
    assertThat(merged.json().get("batches").asInt()).isEqualTo(2);
    Answer again = client.post(PATH + "one/merge", body, "Idempotency-Key", "m");
    assertThat(again.json().get("repeated").asBoolean()).isTrue();
    assertThat(again.json().get("batches").asInt()).isEqualTo(2);
  }

  @Test
  void refusesWhatItCannotTakeIn() throws Exception {
    make("strict", "\"channels\": 2, \"cumulative\": true");
    Answer nan = client.post(PATH + "strict/batches", EXAMPLE.replace("8]", "\"NaN\"]"));
    assertThat(nan.status()).isEqualTo(400);
    assertThat(nan.detail()).contains("channel 1 has mean NaN");
    Answer narrow =
        client.post(
            PATH + "strict/batches",
            "{\"input\": {\"shape\": [2,1], \"datatype\": \"FP32\", \"data\": [1,2]}}");
    assertThat(narrow.detail()).contains("has 2 channels at axis 1", "[2,1]");
    Answer other = client.send("PUT", PATH + "strict", "{\"channels\": 3, \"cumulative\": true}");
    assertThat(other.status()).isEqualTo(409);
    Answer alike = client.send("PUT", PATH + "strict", "{\"channels\": 2, \"cumulative\": true}");
    assertThat(alike.status()).isEqualTo(200);
    assertThat(client.post(PATH + "nobody/batches", EXAMPLE).status()).isEqualTo(404);
    make("momentum", "\"channels\": 2");
    Answer merge =
        client.post(
            PATH + "momentum/merge",
            "{\"count\": 2, \"mean\": [1,2], \"sum_of_squared_deviations\": [1,1]}");
    assertThat(merge.status()).isEqualTo(409);
    assertThat(merge.detail()).contains("momentum");
    assertThat(client.send("DELETE", PATH + "momentum", "").status()).isEqualTo(204);
    assertThat(client.send("DELETE", PATH + "momentum", "").status()).isEqualTo(404);
    assertThat(client.send("GET", PATH + "momentum", "").status()).isEqualTo(404);
  }
}
