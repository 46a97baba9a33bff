package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.RandomRequests.Request;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every operation of the contract, with requests that it describes and with others: each answer is
 * one that it promises, none is a fault, and the service goes on. {@code
 * -Dtest.fuzz.requests=100000} sends as many, {@code -Dtest.fuzz.seed=1} others.
 */
final class ContractFuzzTest {
  private static final int REQUESTS = Integer.getInteger("test.fuzz.requests", 2500);
  private static final long SEED = Long.getLong("test.fuzz.seed", 0);
  private static final int MOST_FAULTS = 20;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir Path directory;

  @Test
  void everyAnswerIsOneThatTheContractPromises() throws Exception {
    try (RunningService service =
        RunningService.start(
            directory,
            "jdbc:h2:mem:contract-fuzz;DB_CLOSE_DELAY=-1",
            "--norma.models.bundled=true",
            "--norma.models.max-upload-bytes=2MB",
            "--norma.http.max-request-bytes=1MB")) {
      int port =
          service
              .context()
              .getEnvironment()
              .getRequiredProperty("local.server.port", Integer.class);
      RandomRequests requests = new RandomRequests(ExchangeValidator.get(), SEED);
      assertThat(REQUESTS).isGreaterThan(requests.operations());
      Map<Integer, Integer> statuses = new TreeMap<>();
      List<String> faults = new ArrayList<>();
      for (int i = 0; i < REQUESTS && faults.size() < MOST_FAULTS; i++) {
        Request request = requests.next();
        try {
          Exchange exchange = exchange(port, request);
          statuses.merge(exchange.status(), 1, Integer::sum);
          check(exchange);
          note(exchange, requests);
        } catch (IOException | AssertionError | RuntimeException e) {
          faults.add("request %d: %s%n  %s".formatted(i, request, e));
        }
      }
      System.out.printf("%d requests from seed %d: %s%n", REQUESTS, SEED, statuses);
      assertThat(faults).as("seed %d", SEED).isEmpty();
      assertThat(statuses).containsKeys(200, 400, 404);
      assertStillRight(service, port);
    }
  }

  private Exchange exchange(int port, Request request) throws IOException {
    HttpRequest.Builder sent =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + request.path()))
            .timeout(Duration.ofMinutes(1));
    request.headers().forEach(sent::header);
    byte[] body = request.body();
    sent.method(
        request.method(),
        body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    try {
      return Exchange.of(
          request.method(),
          request.path(),
          request.headers(),
          body,
          http.send(sent.build(), BodyHandlers.ofByteArray()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void check(Exchange exchange) {
    ExchangeValidator.get().validateAnswer(exchange);
    // What the contract does not name is a fault of the service, not of its caller.
    if (exchange.status() >= 500) {
      assertThat(exchange.status()).as(exchange.text()).isIn(503, 504);
    }
  }

  private static void note(Exchange exchange, RandomRequests requests) {
    if (exchange.status() == 201 && exchange.path().contains("/calibrations")) {
      requests.add(exchange.json().path("id").asString());
    }
  }

  /** By the statistics that they came with, whatever was activated or unloaded meanwhile. */
  private static void assertStillRight(RunningService service, int port) {
    ServiceClient client = new ServiceClient(port);
    // One of the requests may have uploaded and deleted it.
    assertThat(client.put("/v1/models/digits/versions/1", ServiceTest.digitsModel()).status())
        .isIn(200, 201);
    assertThat(client.post("/v2/repository/models/digits/load", new byte[0], Map.of()).status())
        .isEqualTo(200);
    Exchange activated =
        client.send(
            "PUT",
            "/v1/models/digits/active-running-statistics",
            Map.of("Content-Type", "application/json"),
            "{\"set\":\"default\",\"revision\":1}".getBytes(StandardCharsets.UTF_8));
    assertThat(activated.status()).as(activated.text()).isEqualTo(200);
    assertThat(Digits.accuracy(service.client(), "clean")).isGreaterThan(0.95);
  }
}
