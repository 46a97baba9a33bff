package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The service under a path of its own, on a machine whose language writes other digits. */
final class DeploymentTest {
  private static final String CONTEXT = "/norma";

  @TempDir private static Path directory;

  private static ServiceProcess service;
  private static ServiceClient client;

  @BeforeAll
  static void start() throws IOException {
    service =
        ServiceProcess.start(
            directory,
            List.of("-Duser.language=ar", "-Duser.country=EG"),
            List.of(
                "--server.servlet.context-path=" + CONTEXT,
                "--norma.http.max-request-bytes=1MB",
                "--norma.models.max-upload-bytes=2MB"));
    client = new ServiceClient(service.port(), CONTEXT);
    service.awaitReady(client);
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @Test
  void answersWithTheDigits() {
    assertThat(client.post("/v2/models/digits/infer", example(), Map.of()).status()).isEqualTo(200);
  }

  private static byte[] example() {
    return ServiceTest.example("three.json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/nothing", "/v2/models/none", "/%762/models/none"})
  void answersErrorsOfTheV2Protocol(String path) {
    Exchange unknown = client.get(path);
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.json().path("error").asString()).isNotEmpty();
    assertThat(unknown.json().size()).isEqualTo(1);
  }

  @Test
  void answersWhatIsNoValidHttpInTheFormOfItsProtocol() throws IOException {
    try (RawHttp http = new RawHttp(service.port())) {
      assertThat(
              http.unchecked("GET /norma/v2/models/%zz HTTP/1.1\nHost: localhost")
                  .json()
                  .has("error"))
          .isTrue();
      assertThat(
              http.unchecked("GET /norma/v1/models/%zz HTTP/1.1\nHost: localhost")
                  .json()
                  .has("detail"))
          .isTrue();
      assertThat(
              http.unchecked("GET /v2/models/%zz HTTP/1.1\nHost: localhost").json().has("detail"))
          .isTrue();
    }
  }

  @Test
  void limitsUploadsAndStreamsAsUnderNoPath() {
    Exchange upload = client.put("/v1/models/big/versions/1", new byte[3 << 19]);
    assertThat(upload.status()).as(upload.text()).isEqualTo(400);
    byte[] json = "{\"shape\": [-1,2], \"datatype\": \"FP32\"}".getBytes(StandardCharsets.UTF_8);
    Exchange stream =
        client.post(
            "/v1/normalizations/batch/stream",
            Arrays.copyOf(json, json.length + (3 << 19)),
            Map.of("Inference-Header-Content-Length", Integer.toString(json.length)));
    assertThat(stream.status()).as(stream.text()).isEqualTo(200);
  }

  @Test
  void namesThePlaceOfWhatItMade() {
    Exchange made =
        client.send(
            "PUT",
            "/v1/models/digits/running-statistics/night",
            Map.of("Content-Type", "application/json"),
            client.get("/v1/models/digits/running-statistics/default").body());
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    String place = URI.create(made.header("Location")).getPath();
    assertThat(place).isEqualTo("/norma/v1/models/digits/running-statistics/night/revisions/1");
    assertThat(client.get(place.substring(CONTEXT.length())).status()).isEqualTo(200);
    assertThat(client.get("/v1/models/none").json().path("instance").asString())
        .isEqualTo("/norma/v1/models/none");
  }

  @Test
  void showsTheContractOnAPage() {
    String page = client.get("/docs").text();
    List<String> addresses =
        Pattern.compile("(?:src|href|url)(?:=|: )\"([^\"]*)\"")
            .matcher(page)
            .results()
            .map(match -> match.group(1))
            .toList();
    URI base = URI.create("http://x/norma/docs");
    assertThat(addresses)
        .hasSize(4)
        .allSatisfy(address -> {
          String path = base.resolve(address).getPath();
          assertThat(path).startsWith(CONTEXT);
          assertThat(client.get(path.substring(CONTEXT.length())).status()).isEqualTo(200);
        });
  }

  /** The service's own message, one of the library below it, and one of the web's. */
  @Test
  void writesNumbersInAsciiDigits() {
    String input = "{\"inputs\":[{\"name\":\"image\",\"shape\":[1,1,8,8],\"datatype\":\"FP32\",";
    assertThat(reason(client.post("/v2/models/digits/infer", input + "\"data\":[1,2]}]}")))
        .contains("needs 64 elements", "has 2");
    assertThat(reason(client.post("/v1/normalizations/group", group("[2,3]", 2))))
        .contains("the 3 channels, but is 2");
    assertThat(
            reason(
                client.post(
                    "/v1/normalizers/none/merge",
                    "{\"count\": 2, \"mean\": [1,2], \"sum_of_squared_deviations\": [1,2,3]}")))
        .containsPattern("\\b2\\b.*\\b3\\b");
    assertThat(reason(client.post("/v2/models/digits/infer", " ".repeat((1 << 20) + 1))))
        .contains("1048577 bytes, more than the 1048576");
  }

  @Test
  void handsOutAContractThatLeadsBackToIt() {
    assertThat(client.get("/openapi.yaml").text())
        .contains("\n  - url: '" + CONTEXT + "'\n")
        .doesNotContain("\n  - url: /\n");
  }

  private static String group(String shape, int groups) {
    return "{\"groups\":%d,\"input\":{\"shape\":%s,\"datatype\":\"FP32\",\"data\":[1,2,3,4,5,6]}}"
        .formatted(groups, shape);
  }

  private static String reason(Exchange exchange) {
    assertThat(exchange.status()).as(exchange.text()).isBetween(400, 499);
    return String.valueOf(ExchangeValidator.reason(exchange));
  }
}
