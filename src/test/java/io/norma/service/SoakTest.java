package io.norma.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What operators do in weeks, in seconds: inferences with several sets, activations, models that
 * come and go, calibrations that are published and deleted, images of 500 sizes, and bad requests,
 * all at once. Nothing of what has passed may stay: the heap after a collection, threads, open
 * files and series of metrics are those of before.
 *
 * <p>System property {@code test.soak.seconds} (20).
 */
final class SoakTest {
  private static final int SECONDS = Integer.getInteger("test.soak.seconds", 20);

  /** Long enough for all caches to have what they may. */
  private static final int WARMUP_SECONDS = Math.max(20, SECONDS / 5);

  private static final String DIGITS = "/v1/models/digits";
  private static final String INFER = "/v2/models/digits/infer";
  private static final int SIZES = 500;

  /** Of the heap: of a long run and, where noise counts for more, in bytes. */
  private static final double GROWTH = 0.05;

  private static final double NOISE = 4 << 20;

  private static final Pattern COMES_AND_GOES =
      Pattern.compile("jvm_gc_|norma_drift_.*running_statistics=\"(default|night)@");

  @TempDir Path directory;

  private final AtomicInteger swaps = new AtomicInteger();
  private final AtomicInteger answers = new AtomicInteger();
  private final AtomicInteger uploads = new AtomicInteger();
  private final AtomicInteger calibrations = new AtomicInteger();
  private final AtomicInteger images = new AtomicInteger();

  @Test
  void keepsNothingOfWhatHasPassed() throws Exception {
    List<String> jvm = List.of("-Xmx512m", "-XX:+UseG1GC");
    try (ServiceProcess service =
        ServiceProcess.start(
            directory,
            jvm,
            // What may stay is there before the first count.
            List.of("--norma.watch.budget=0.2", "--norma.running-statistics.cache=256KB"))) {
      service.awaitReady(new ServiceClient(service.port()));
      try (Client client = new Client(service.port())) {
        client.expect(
            201,
            "PUT",
            "/v1/models/images/versions/1",
            new DynamicNetwork().bytes(),
            "application/octet-stream");
        client.expect(
            201,
            "PUT",
            DIGITS + "/running-statistics/night",
            Digits.request("shifted/running-statistics.json").getBytes(UTF_8),
            "application/json");
      }
      load(service, WARMUP_SECONDS);
      State before = State.of(service);
      int swapsBefore = swaps.get();
      load(service, SECONDS);
      State after = State.of(service);
      System.out.printf(
          Locale.ROOT,
          "FIGURE soak of %d s with %d swaps (and %d answers, %d uploads, %d calibrations, %d"
              + " images since the start): %s -> %s%n",
          SECONDS,
          swaps.get() - swapsBefore,
          answers.get(),
          uploads.get(),
          calibrations.get(),
          images.get(),
          before,
          after);
      assertThat(after.heap()).isLessThan(before.heap() * (1 + GROWTH) + NOISE);
      assertThat(after.series()).isEqualTo(before.series());
      assertThat(after.threads()).isLessThanOrEqualTo(before.threads());
      assertThat(after.files()).isLessThanOrEqualTo(before.files());
    }
  }

  /** All of it at once, for some seconds. */
  private void load(ServiceProcess service, int seconds) throws Exception {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    List<Task> tasks =
        List.of(
            this::infer,
            this::infer,
            this::swap,
            this::upload,
            this::calibrate,
            this::image,
            this::blunder);
    try (Client client = new Client(service.port());
        ExecutorService executor = Executors.newFixedThreadPool(tasks.size())) {
      List<Future<?>> running = new ArrayList<>();
      for (Task task : tasks) {
        running.add(
            executor.submit(() -> {
              while (System.nanoTime() < end) {
                task.run(client);
              }
              return null;
            }));
      }
      for (Future<?> one : running) {
        one.get();
      }
      activate(client, "default");
    }
  }

  private void infer(Client client) throws Exception {
    int number = answers.incrementAndGet();
    String request =
        number % 2 == 0
            ? Digits.request("seven.json")
            : Digits.request("seven.json", "running_statistics", "night");
    client.expect(200, "POST", INFER, request);
  }

  private void swap(Client client) throws Exception {
    String set = swaps.incrementAndGet() % 2 == 0 ? "default" : "night";
    activate(client, set);
    Thread.sleep(20);
  }

  private static void activate(Client client, String set) throws Exception {
    client.expect(200, "PUT", DIGITS + "/active-running-statistics", "{\"set\": \"" + set + "\"}");
  }

  /** A model of a name that never was before. */
  private void upload(Client client) throws Exception {
    int number = uploads.incrementAndGet();
    String path = "/v1/models/soak-" + number + "/versions/1";
    byte[] network = new LabelledNetwork(1 + number % 100).bytes();
    client.expect(201, "PUT", path, network, "application/octet-stream");
    client.expect(200, "POST", "/v2/models/soak-" + number + "/infer", LabelledNetwork.ZEROS);
    client.expect(204, "DELETE", path, null, null);
    Thread.sleep(50);
  }

  /** A set of a name that never was before. */
  private void calibrate(Client client) throws Exception {
    String set = "soak-" + calibrations.incrementAndGet();
    String begun =
        client.expect(
            201,
            "POST",
            DIGITS + "/calibrations",
            "{\"set\": \"" + set + "\", \"minimum_samples\": 64}");
    String calibration =
        DIGITS + "/calibrations/" + StatisticsClient.JSON.readTree(begun).get("id").asString();
    client.expect(
        200, "POST", calibration + "/batches", Digits.request("shifted/calibration.json"));
    client.expect(200, "POST", calibration + "/publish", "{\"source\": \"soak\"}");
    client.expect(200, "POST", INFER, Digits.request("seven.json", "running_statistics", set));
    client.expect(204, "DELETE", DIGITS + "/running-statistics/" + set, null, null);
    Thread.sleep(50);
  }

  private void image(Client client) throws Exception {
    int number = images.incrementAndGet();
    int height = 8 + number % SIZES / 20;
    int width = 8 + number % 20;
    client.expect(200, "POST", "/v2/models/images/infer", DynamicNetwork.request(height, width));
  }

  /** What nobody should count by the name it gives. */
  private void blunder(Client client) throws Exception {
    int number = answers.incrementAndGet();
    client.expect(404, "POST", "/v2/models/none-" + number + "/infer", LabelledNetwork.ZEROS);
    client.expect(404, "GET", "/v1/nothing-" + number, null, null);
    client.expect(400, "POST", INFER, "{\"inputs\": [" + number);
    client.expect(
        404, "POST", INFER, Digits.request("seven.json", "running_statistics", "no-" + number));
    Thread.sleep(100);
  }

  /** One of the things that go on. */
  private interface Task {
    void run(Client client) throws Exception;
  }

  /** Requests on connections that are closed with it. */
  private static final class Client implements AutoCloseable {
    private final HttpClient http =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final int port;

    Client(int port) {
      this.port = port;
    }

    String expect(int status, String method, String path, String json) throws Exception {
      return expect(status, method, path, json.getBytes(UTF_8), "application/json");
    }

    String expect(
        int status, String method, String path, byte @Nullable [] body, @Nullable String type)
        throws Exception {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .timeout(Duration.ofMinutes(1))
              .method(
                  method,
                  body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
      if (type != null) {
        request.header("Content-Type", type);
      }
      HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
      assertThat(answer.statusCode())
          .as(() -> method + " " + path + ": " + answer.body())
          .isEqualTo(status);
      return answer.body();
    }

    @Override
    public void close() {
      http.close();
    }
  }

  /**
   * What a service holds while nobody asks it for anything.
   *
   * @param heap bytes after a collection
   * @param threads of the platform
   * @param files that are open, sockets among them
   * @param series of metrics, without those that come and go by themselves: of the collector, by
   *     its reasons, and of the two sets that stay, while some of their inferences were watched
   */
  private record State(double heap, int threads, int files, Set<String> series) {
    static State of(ServiceProcess service) throws Exception {
      List<State> seen = new ArrayList<>();
      // Connections that the clients closed, and threads that wait for work, take a while to go.
      await()
          .atMost(Duration.ofMinutes(3))
          .pollInterval(Duration.ofSeconds(5))
          .until(() -> {
            service.collectGarbage();
            seen.add(now(service.port()));
            return seen.size() > 1 && seen.getLast().settledSince(seen.get(seen.size() - 2));
          });
      return seen.getLast();
    }

    private boolean settledSince(State before) {
      return threads == before.threads
          && files == before.files
          && Math.abs(heap - before.heap) < NOISE / 8;
    }

    private static State now(int port) throws Exception {
      try (Client client = new Client(port)) {
        List<String> page =
            client
                .expect(200, "GET", "/actuator/prometheus", null, null)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .toList();
        return new State(
            sum(page, "jvm_memory_used_bytes{area=\"heap\""),
            (int) sum(page, "jvm_threads_live_threads"),
            (int) sum(page, "process_files_open_files"),
            page.stream()
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .filter(line -> !COMES_AND_GOES.matcher(line).lookingAt())
                .collect(Collectors.toCollection(TreeSet::new)));
      }
    }

    private static double sum(List<String> page, String series) {
      return page.stream()
          .filter(line -> line.startsWith(series))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .sum();
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%.1f MB, %d threads, %d files, %d series",
          heap / 1e6,
          threads,
          files,
          series.size());
    }
  }
}
