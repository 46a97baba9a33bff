package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ShutdownTest {
  private static final int STREAMS = 5;

  /** Ten seconds are for a busy machine: without an end of the streams it would be thirty. */
  private static final long LONGEST_SECONDS = 10;

  @TempDir Path directory;

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
      System.out.printf(
          "stopped with %d open event streams in %d ms%n",
          STREAMS, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
      for (HttpResponse<InputStream> stream : streams) {
        String events = new String(stream.body().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(events).contains("event:progress");
      }
      assertThat(service.log()).doesNotContain(" ERROR ").doesNotContain("Exception");
    }
  }
}
