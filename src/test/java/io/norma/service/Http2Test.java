package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.norma.store.TestDatabase;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 without TLS, where {@code server.http2.enabled} says so. */
final class Http2Test {
  private static final String INFER = "/v2/models/digits/infer";
  private static final int ROWS = 8000;
  private static final int ROW_BYTES = 64 * Float.BYTES;

  /** As many as Tomcat lets one connection have at once. */
  private static final int STREAMS = 100;

  @TempDir private Path directory;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
  private RunningService service;

  @BeforeEach
  void start() {
    service =
        RunningService.start(
            directory,
            TestDatabase.H2.url(directory),
            "--server.http2.enabled=true",
            "--norma.inference.max-loop-iterations=10000000000",
            "--norma.http.max-request-bytes=3MB");
    service
        .client()
        .put("/v1/models/digits/versions/1", ServiceTest.digitsModel(), "application/octet-stream");
  }

  @AfterEach
  void stop() {
    http.close();
    service.close();
  }

  @Test
  void answersAsHttp1Does() throws Exception {
    byte[] json = Digits.request("shifted/test-1.json").getBytes(StandardCharsets.UTF_8);
    switchToHttp2();
    assertThat(post(INFER, json)).isEqualTo(overHttp1(INFER, json));
    String none = "/v2/models/none/infer";
    assertThat(post(none, json)).isEqualTo(overHttp1(none, json)).startsWith("404");
    byte[] wrong = "{\"inputs\": 1}".getBytes(StandardCharsets.UTF_8);
    assertThat(post(INFER, wrong)).isEqualTo(overHttp1(INFER, wrong)).startsWith("400");
    byte[] tooLarge = new byte[4 << 20];
    assertThat(post(INFER, tooLarge)).isEqualTo(overHttp1(INFER, tooLarge)).startsWith("413");
  }

  @ParameterizedTest
  @ValueSource(strings = {"seven.json", "shifted/test-1.json"})
  void answersABodyThatAsksForTheUpgrade(String name) throws Exception {
    HttpRequest first = request(INFER).POST(BodyPublishers.ofString(Digits.request(name))).build();
    HttpResponse<String> answer = http.send(first, BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  @Test
  void takesAndGivesLargeBodiesInBinary() throws Exception {
    switchToHttp2();
    byte[] body = images();
    for (int i = 0; i < 5; i++) {
      HttpResponse<byte[]> answer = binary(body);
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).hasSizeGreaterThan(ROWS * 10 * Float.BYTES);
    }
  }

  @Test
  void beginsAsManyRequestsAsAConnectionMayHave() throws Exception {
    service
        .client()
        .put("/v1/models/counting/versions/1", CountingNetwork.bytes(), "application/octet-stream");
    String count = CountingNetwork.request(CountingNetwork.iterations(service.client(), 0.1));
    switchToHttp2();
    HttpRequest request =
        request("/v2/models/counting/infer").POST(BodyPublishers.ofString(count)).build();
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < STREAMS; i++) {
      answers.add(http.sendAsync(request, BodyHandlers.ofString()));
    }
    await()
        .until(() -> {
          long done = answers.stream().filter(CompletableFuture::isDone).count();
          return done + inFlight() >= STREAMS;
        });
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      assertThat(answer.get().statusCode()).as(answer.get().body()).isEqualTo(200);
    }
  }

  @Test
  void streamsEvents() throws Exception {
    String calibration =
        service
            .client()
            .post("/v1/models/digits/calibrations", "{\"set\": \"night\"}")
            .header("Location");
    switchToHttp2();
    HttpResponse<InputStream> events =
        http.send(request(calibration + "/events").build(), BodyHandlers.ofInputStream());
    assertThat(events.version()).isEqualTo(HttpClient.Version.HTTP_2);
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(events.body(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("id:0");
      assertThat(lines.readLine()).isEqualTo("event:progress");
      service.client().delete(calibration);
      assertThat(lines.lines()).contains("event:deleted");
    }
  }

  /** A request without a body has the connection upgraded. */
  private void switchToHttp2() throws Exception {
    HttpResponse<String> ready =
        http.send(request("/v2/health/ready").build(), BodyHandlers.ofString());
    assertThat(ready.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(ready.statusCode()).isEqualTo(200);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
  }

  private int port() {
    return service
        .context()
        .getEnvironment()
        .getRequiredProperty("local.server.port", Integer.class);
  }

  private double inFlight() {
    String name = "norma_inference_in_flight ";
    return service
        .client()
        .get("/actuator/prometheus")
        .text()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
        .sum();
  }

  private String post(String path, byte[] body) throws Exception {
    HttpRequest request = request(path).POST(BodyPublishers.ofByteArray(body)).build();
    HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
    return answer.statusCode() + answer.body();
  }

  private String overHttp1(String path, byte[] body) throws Exception {
    HttpRequest request =
        request(path)
            .version(HttpClient.Version.HTTP_1_1)
            .POST(BodyPublishers.ofByteArray(body))
            .build();
    try (HttpClient other = HttpClient.newHttpClient()) {
      HttpResponse<String> answer = other.send(request, BodyHandlers.ofString());
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      return answer.statusCode() + answer.body();
    }
  }

  private HttpResponse<byte[]> binary(byte[] body) throws Exception {
    int json = body.length - ROWS * ROW_BYTES;
    return http.send(
        request(INFER)
            .header("Inference-Header-Content-Length", Integer.toString(json))
            .POST(BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofByteArray());
  }

  private static byte[] images() {
    byte[] json =
        """
        {"inputs": [{"name": "image", "datatype": "FP32", "shape": [%d, 1, 8, 8],
                     "parameters": {"binary_data_size": %d}}],
         "outputs": [{"name": "probabilities", "parameters": {"binary_data": true}}]}
        """
            .formatted(ROWS, ROWS * ROW_BYTES)
            .getBytes(StandardCharsets.US_ASCII);
    ByteBuffer body =
        ByteBuffer.allocate(json.length + ROWS * ROW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    body.put(json);
    for (int i = 0; i < ROWS * 64; i++) {
      body.putFloat(i % 17 / 16f);
    }
    return body.array();
  }
}
