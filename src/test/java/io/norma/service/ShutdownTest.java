package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.norma.service.StatisticsClient.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ShutdownTest {
  private static final int STREAMS = 5;

  /** Ten seconds are for a busy machine: without an end of the streams it would be thirty. */
  private static final long LONGEST_SECONDS = 10;

  private static final String COUNTING = "/v2/models/counting/infer";
  private static final int REQUESTS = 40;

  /** Of the phase in which requests are answered, and what else ends besides. */
  private static final long LIMIT_SECONDS = 30;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void answersAllThatItTookBeforeItEnds(boolean http2) throws Exception {
    try (ServiceProcess service =
            ServiceProcess.start(
                directory,
                List.of(),
                List.of(
                    "--norma.compute.threads=1",
                    "--norma.compute.own-thread-above=0",
                    "--norma.batching.max-batch-size=1",
                    "--norma.inference.max-loop-iterations=10000000000",
                    "--server.http2.enabled=" + http2,
                    "--norma.shutdown.delay=2s"));
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      StatisticsClient client = new StatisticsClient(service.port()).awaitReady();
      Answer upload =
          client.put(
              "/v1/models/counting/versions/1",
              CountingNetwork.bytes(),
              "application/octet-stream");
      assertThat(upload.status()).as(upload.text()).isEqualTo(201);
      String request = CountingNetwork.request(CountingNetwork.iterations(client, 0.1));
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < REQUESTS; i++) {
        answers.add(clients.submit(() -> client.post(COUNTING, request)));
      }
      await("all have come")
          .until(() -> {
            long done = answers.stream().filter(Future::isDone).count();
            return done + inFlight(client) >= REQUESTS;
          });

      service.stop();
      await("it says that it is not ready")
          .until(() -> client.get("/v2/health/ready").status() == 503);
      assertThat(client.get("/actuator/health/readiness").status()).isEqualTo(503);
      Answer last = client.post("/v2/models/digits/infer", Digits.request("seven.json"));
      assertThat(last.status()).isEqualTo(200);
      assertThat(last.header("Connection")).isEqualTo(http2 ? "" : "close");
      for (Future<Answer> answer : answers) {
        assertThat(answer.get().status()).as(answer.get().text()).isEqualTo(200);
      }
      assertThat(service.awaitEnd(LIMIT_SECONDS)).as("it has ended").isTrue();
      assertThat(service.exitCode()).isZero();
      assertThat(service.log()).doesNotContain(" ERROR ").doesNotContain("Exception");
    }
  }

  @Test
  void endsAStreamOfRowsThatGoesOn() throws Exception {
    try (ServiceProcess service = ServiceProcess.start(directory, List.of(), List.of());
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ascii(
              """
              POST /v1/normalizations/batch/stream HTTP/1.1\r
              Host: localhost\r
              Transfer-Encoding: chunked\r
              \r
              """));
      sendChunk(out, "{\"shape\": [1, 2], \"datatype\": \"FP32\"}\n");
      String row = "{\"input\": [[1, 2]]}\n";
      sendChunk(out, row);
      service.stop();
      Thread rows =
          Thread.startVirtualThread(() -> {
            try {
              while (true) {
                sendChunk(out, row);
                Thread.sleep(10);
              }
            } catch (IOException | InterruptedException _) {
              // It is answered.
            }
          });
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 503").contains("shutting down");
      rows.interrupt();
      assertThat(service.awaitEnd(LONGEST_SECONDS)).as("it has ended").isTrue();
      assertThat(service.exitCode()).isZero();
    }
  }

  @Test
  void endsWithOneWhereItCannotStart() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() ->
              ServiceProcess.start(
                  directory, List.of(), List.of("--server.port=" + taken.getLocalPort())))
          .hasMessageContaining("exit code 1");
    }
  }

  private static double inFlight(StatisticsClient client) {
    String name = "norma_inference_in_flight ";
    return client
        .get("/actuator/prometheus")
        .text()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
        .sum();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void sendChunk(OutputStream out, String chunk) throws IOException {
    out.write(ascii(Integer.toHexString(chunk.length()) + "\r\n" + chunk + "\r\n"));
    out.flush();
  }

  @Test
  void endsOpenEventStreamsAndLogsNoError() throws Exception {
    List<HttpResponse<InputStream>> streams = new ArrayList<>();
    try (ServiceProcess service = ServiceProcess.start(directory, List.of(), List.of());
        HttpClient http = HttpClient.newHttpClient()) {
      StatisticsClient client = new StatisticsClient(service.port()).awaitReady();
      for (int i = 0; i < STREAMS; i++) {
        String calibration =
            client
                .post("/v1/models/digits/calibrations", "{\"set\": \"night\"}")
                .header("Location");
        URI events = URI.create("http://127.0.0.1:" + service.port() + calibration + "/events");
        streams.add(
            http.send(HttpRequest.newBuilder(events).build(), BodyHandlers.ofInputStream()));
      }
      long begin = System.nanoTime();
      service.stop();
      assertThat(service.awaitEnd(LONGEST_SECONDS)).as("it has ended").isTrue();
      assertThat(service.exitCode()).isZero();
      System.out.printf(
          "stopped with %d open event streams in %d ms%n",
          STREAMS, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
      for (HttpResponse<InputStream> stream : streams) {
        String events = new String(stream.body().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(events).contains("event:progress").endsWith("event:closing\ndata:{}\n\n");
      }
      assertThat(service.log()).doesNotContain(" ERROR ").doesNotContain("Exception");
    }
  }
}
