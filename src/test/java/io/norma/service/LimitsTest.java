package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.Shape;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is at a limit is taken, and what is one above refused by the limit's name. */
final class LimitsTest {
  private static final String INFER = "/v2/models/rows/infer";
  private static final String SETS = "/v1/models/normalizes/running-statistics/";
  private static final String CALIBRATION = "{\"set\":\"calibrated\"}";
  private static final int MAX_BODY = 100_000;

  @TempDir static Path directory;

  private static RunningService service;
  private static int port;
  private static ServiceClient client;

  @BeforeAll
  static void start() {
    service =
        RunningService.start(
            directory,
            "jdbc:h2:mem:limits;DB_CLOSE_DELAY=-1",
            "--norma.http.max-request-bytes=" + MAX_BODY + "B",
            "--norma.inference.max-tensors=2",
            "--norma.inference.max-elements=6",
            "--norma.inference.max-rank=5",
            "--norma.inference.max-batch-size=3",
            "--norma.models.max-versions=3",
            "--norma.running-statistics.max-sets=2",
            "--norma.running-statistics.max-revisions=2",
            "--norma.calibration.max-open=2",
            "--norma.calibration.max-event-streams=1");
    port =
        service.context().getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    client = new ServiceClient(port);
    for (String model : List.of("rows", "normalizes")) {
      assertThat(client.put("/v1/models/" + model + "/versions/1", file(model)).status())
          .isEqualTo(201);
    }
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static byte[] file(String model) {
    if (model.equals("rows")) {
      return OnnxBuilder.operatorSet(17)
          .input(ofAnyShape("x"))
          .node("same", "Identity", List.of("x"), List.of("y"))
          .output(ofAnyShape("y"))
          .bytes();
    }
    return OnnxBuilder.operatorSet(17)
        .input("x", -1, 2)
        .floats("bn.weight", 1, 1)
        .floats("bn.bias", 0, 0)
        .floats("bn.running_mean", 0, 0)
        .floats("bn.running_var", 1, 1)
        .node(
            "bn",
            "BatchNormalization",
            List.of("x", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"),
            List.of("y"))
        .output("y", -1, 2)
        .bytes();
  }

  private static ValueInfoProto ofAnyShape(String name) {
    ValueInfoProto.Builder value = OnnxBuilder.declaration(name, OnnxBuilder.FLOAT).toBuilder();
    value.getTypeBuilder().getTensorTypeBuilder().clearShape();
    return value.build();
  }

  private static String tensor(int... shape) {
    String zeros =
        Stream.generate(() -> "0").limit(Shape.of(shape).size()).collect(Collectors.joining(","));
    return "{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":%s,\"data\":[%s]}"
        .formatted(IntStream.of(shape).boxed().toList(), zeros);
  }

  private static void takes(String request) {
    Exchange exchange = client.post(INFER, request);
    assertThat(exchange.status()).as(exchange.text()).isEqualTo(200);
  }

  private static void refuses(Exchange exchange, int status, String word) {
    assertThat(exchange.status()).as(exchange.text()).isEqualTo(status);
    assertThat(exchange.text()).contains(word);
  }

  @Test
  void elementsOfARequest() {
    takes("{\"inputs\":[" + tensor(6) + "]}");
    refuses(
        client.post(INFER, "{\"inputs\":[" + tensor(7) + "]}"),
        413,
        "norma.inference.max-elements");
  }

  @Test
  void tensorsOfARequest() {
    takes("{\"inputs\":[" + tensor(1) + "],\"outputs\":[{\"name\":\"y\"}]}");
    refuses(
        client.post(
            INFER,
            "{\"inputs\":[" + tensor(1) + "],\"outputs\":[{\"name\":\"y\"},{\"name\":\"z\"}]}"),
        413,
        "norma.inference.max-tensors");
  }

  @Test
  void axesOfATensor() {
    takes("{\"inputs\":[" + tensor(1, 1, 1, 1, 1) + "]}");
    refuses(
        client.post(INFER, "{\"inputs\":[" + tensor(1, 1, 1, 1, 1, 1) + "]}"),
        413,
        "norma.inference.max-rank");
    String more =
        "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[%s1],\"data\":[0]}]}"
            .formatted("1,".repeat(64));
    refuses(client.post(INFER, more), 400, "at most 64 axes");
  }

  @Test
  void bytesOfABody() {
    String request = "{\"inputs\":[" + tensor(1) + "]}";
    takes(request + " ".repeat(MAX_BODY - request.length()));
    refuses(
        client.post(INFER, request + " ".repeat(MAX_BODY - request.length() + 1)),
        413,
        "norma.http.max-request-bytes");
  }

  @Test
  void depthOfJson() {
    String open = "{\"id\":\"a\",\"inputs\":[" + tensor(1) + "],\"x\":";
    takes(open + "[".repeat(99) + "]".repeat(99) + "}");
    Exchange deeper = client.post(INFER, open + "[".repeat(100) + "]".repeat(100) + "}");
    assertThat(deeper.status()).as(deeper.text()).isEqualTo(400);
  }

  @Test
  void lengthOfNames() {
    String longest = "a".repeat(128);
    refuses(client.get("/v1/models/" + longest), 404, longest);
    refuses(client.put("/v1/models/" + longest + "a/versions/1", file("rows")), 400, "1 to 128");
  }

  @Test
  void versionsOfModels() {
    assertThat(client.put("/v1/models/rows/versions/2", file("rows")).status()).isEqualTo(201);
    refuses(
        client.put("/v1/models/rows/versions/3", file("rows")), 409, "norma.models.max-versions");
    // What is there already is no further one.
    assertThat(client.put("/v1/models/rows/versions/2", file("rows")).status()).isEqualTo(200);
    assertThat(client.delete("/v1/models/rows/versions/2").status()).isEqualTo(204);
  }

  @Test
  void setsAndTheirRevisions() {
    for (String set : List.of("day", "night", "day")) {
      Exchange added = put(set);
      assertThat(added.status()).as(added.text()).isEqualTo(201);
    }
    refuses(put("day"), 409, "norma.running-statistics.max-revisions");
    refuses(put("dawn"), 409, "norma.running-statistics.max-sets");
    assertThat(client.delete(SETS + "day/revisions/1").status()).isEqualTo(204);
    assertThat(put("day").status()).isEqualTo(201);
  }

  private static Exchange put(String set) {
    String statistics = "{\"layers\":{\"bn\":{\"mean\":[0,0],\"variance\":[1,1]}}}";
    return client.send(
        "PUT",
        SETS + set,
        Map.of("Content-Type", "application/json"),
        statistics.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void calibrationsAndStreamsOfTheirEvents() throws Exception {
    String calibrations = "/v1/models/normalizes/calibrations";
    String id = begin(calibrations).json().get("id").asString();
    begin(calibrations);
    refuses(client.post(calibrations, CALIBRATION), 409, "norma.calibration.max-open");

    String events = calibrations + "/" + id + "/events";
    try (Socket _ = follow(events)) {
      refuses(client.get(events), 429, "norma.calibration.max-event-streams");
    }
  }

  private static Exchange begin(String calibrations) {
    Exchange begun = client.post(calibrations, CALIBRATION);
    assertThat(begun.status()).as(begun.text()).isEqualTo(201);
    return begun;
  }

  /** A stream of which the head has been read. */
  private static Socket follow(String path) throws IOException {
    Socket socket = new Socket("localhost", port);
    socket
        .getOutputStream()
        .write(
            "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                .formatted(path)
                .getBytes(StandardCharsets.US_ASCII));
    byte[] status = socket.getInputStream().readNBytes(12);
    assertThat(new String(status, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
    return socket;
  }
}
