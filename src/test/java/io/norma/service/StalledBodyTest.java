package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.OnnxBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A body that does not come to its end is given up, whoever reads it. */
final class StalledBodyTest {
  private static final String INFER = "/v2/models/rows/infer";
  private static final String WORDS =
      "nothing of it came for 1500ms (server.tomcat.connection-timeout)";

  /** Route, headers, and what comes of the body. */
  private static final List<String> REQUESTS =
      List.of(
          "POST /v2/models/rows/infer | Content-Length: 100 | {\"inputs\":",
          "POST /v2/models/rows/infer | Content-Length: 100 | ",
          "POST /v2/models/rows/infer | Transfer-Encoding: chunked | 5\r\n{\"a\":\r\n",
          "POST /v2/models/rows/infer | Content-Type: application/x-npy\nContent-Length: 100 | x",
          "POST /v1/normalizations/batch | Content-Length: 100 | {",
          "POST /v1/normalizations/batch/stream | Content-Length: 100 | {",
          "PUT /v1/models/rows/versions/2 | Content-Length: 1000 | abc",
          "PUT /v1/models/rows/versions/1/checkpoint | Content-Length: 1000 | abc",
          "PUT /v1/models/rows/running-statistics/night | Content-Type: application/json"
              + "\nContent-Length: 1000 | {",
          "POST /v2/repository/models/rows/load | Content-Length: 1000 | {\"parameters\":"
              + " {\"file:1/m",
          "POST /v2/repository/index | Content-Length: 1000 | {");

  @TempDir static Path directory;

  private static RunningService service;
  private static int port;

  @BeforeAll
  static void start() {
    service =
        RunningService.start(
            directory,
            "jdbc:h2:mem:stalled;DB_CLOSE_DELAY=-1",
            "--server.tomcat.connection-timeout=1500ms",
            "--norma.http.max-bytes-in-flight=12MB");
    port =
        service.context().getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    byte[] model =
        OnnxBuilder.operatorSet(17)
            .input("x", -1, 2)
            .node("same", "Identity", List.of("x"), List.of("y"))
            .output("y", -1, 2)
            .bytes();
    assertThat(new ServiceClient(port).put("/v1/models/rows/versions/1", model).status())
        .isEqualTo(201);
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static Exchange send(String head, String body) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      return http.exchange(head, body.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static void assertGivenUp(Exchange answer) {
    assertThat(answer.status()).as("%s: %s", answer.path(), answer.text()).isEqualTo(408);
    assertThat(ExchangeValidator.reason(answer)).contains(WORDS);
    assertThat(answer.header("Connection")).isEqualTo("close");
  }

  /** All at once, for each waits. */
  @Test
  void answersThatItGaveUp() throws Exception {
    List<Callable<Exchange>> requests = new ArrayList<>();
    for (String request : REQUESTS) {
      String[] parts = request.split(" \\| ", -1);
      requests.add(() -> send(parts[0] + " HTTP/1.1\nHost: localhost\n" + parts[1], parts[2]));
    }
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Exchange> answer : clients.invokeAll(requests)) {
        assertGivenUp(answer.get());
      }
    }
  }

  @Test
  void givesUpATensorOfWhichAPartCame() throws IOException {
    String json =
        "{\"mode\":\"training\",\"input\":{\"shape\":[10,2],\"datatype\":\"FP32\","
            + "\"parameters\":{\"binary_data_size\":80}}}";

    assertGivenUp(
        send(
            "POST /v1/normalizations/batch HTTP/1.1\nHost: localhost\nContent-Length: "
                + (json.length() + 80)
                + "\nInference-Header-Content-Length: "
                + json.length(),
            json + "12345678"));
  }

  @Test
  void givesUpAFormOfWhichAPartCame() throws IOException {
    assertGivenUp(
        send(
            """
            PUT /v1/models/rows/versions/2 HTTP/1.1
            Host: localhost
            Content-Type: multipart/form-data; boundary=b
            Content-Length: 1000\
            """,
            "--b\r\n"
                + "Content-Disposition: form-data; name=\"model\";"
                + " filename=\"m.onnx\"\r\n\r\n"
                + "ab"));
  }

  /** Each reserves 4 of the 12 MB that all have; one that needs 9 has room after them. */
  @Test
  void givesTheMemoryOfSuchBodiesBack() throws IOException {
    for (int i = 0; i < 4; i++) {
      assertGivenUp(
          send(
              "POST " + INFER + " HTTP/1.1\nHost: localhost\nContent-Length: 5000000",
              "{\"inputs\":"));
    }
    byte[] large = new byte[5_000_000];
    Arrays.fill(large, (byte) ' ');
    byte[] request =
        "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1,2]}]}"
            .getBytes(StandardCharsets.UTF_8);
    System.arraycopy(request, 0, large, 0, request.length);

    Exchange answer = new ServiceClient(port).post(INFER, large, Map.of());

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  @Test
  void countsThemAsFaultsOfClients() throws IOException {
    assertGivenUp(send("POST " + INFER + " HTTP/1.1\nHost: localhost\nContent-Length: 9", "{"));

    List<String> requests =
        new ServiceClient(port)
            .get("/actuator/prometheus")
            .text()
            .lines()
            .filter(line -> line.startsWith("http_server_requests_seconds_count"))
            .toList();
    assertThat(requests)
        .anyMatch(line -> line.contains("status=\"408\"") && line.contains("CLIENT_ERROR"))
        .noneMatch(line -> line.contains("POST") && line.contains("SERVER_ERROR"));
  }
}
