package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.NormaApplication;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.service.TestClient.Answer;
import io.norma.store.TestDatabase;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Many clients that feed one normalizer and send again what they have no answer to. */
final class SharedNormalizerTest {
  private static final String PATH = "/v1/normalizers/shared";

  @TempDir Path directory;

  /** {@code -Dnorma.test.batches=10000} for the full load. */
  @ParameterizedTest
  @EnumSource
  void countsEveryBatchOfManyClientsOnce(TestDatabase database) throws Exception {
    try (ConfigurableApplicationContext service = start(database.url(directory))) {
      int port = service.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
      countEveryBatchOnce(new TestClient(port), database);
    }
  }

  private ConfigurableApplicationContext start(String url) {
    return new SpringApplicationBuilder(NormaApplication.class)
        .run(
            "--server.port=0",
            "--norma.models.bundled=false",
            "--norma.data-directory=" + directory,
            "--spring.datasource.url=" + url);
  }

  private static void countEveryBatchOnce(TestClient client, TestDatabase database)
      throws Exception {
    int batches = Integer.getInteger("norma.test.batches", 400);
    int clients = 8;
    Answer made = client.send("PUT", PATH, "{\"channels\": 3, \"cumulative\": true}");
    assertThat(made.status()).as(made.json().toString()).isEqualTo(201);
    AtomicInteger next = new AtomicInteger();
    AtomicInteger retries = new AtomicInteger();
    long begin = System.nanoTime();
    try (ExecutorService executor = Executors.newFixedThreadPool(clients)) {
      List<Future<?>> running = new ArrayList<>();
      for (int k = 0; k < clients; k++) {
        running.add(
            executor.submit(() -> {
              for (int i = next.getAndIncrement(); i < batches; i = next.getAndIncrement()) {
                int attempts = i % 10 == 0 ? 3 : 1;
                retries.addAndGet(attempts - 1);
                for (int attempt = 0; attempt < attempts; attempt++) {
                  Answer answer =
                      client.post(PATH + "/batches", body(i), "Idempotency-Key", "batch-" + i);
                  assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
                  assertThat(answer.json().get("repeated").asBoolean()).isEqualTo(attempt > 0);
                }
              }
              return null;
            }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.out.printf(
        "%s: %d batches and %d retries by %d clients in %.1f s%n",
        database, batches, retries.get(), clients, seconds);
    var state = client.send("GET", PATH, "").json();
    assertThat(state.get("batches").asInt()).isEqualTo(batches);
    ChannelMoments expected = exact(batches);
    assertThat(state.get("moments").get("count").asLong()).isEqualTo(expected.count());
    double[] mean = TestClient.vector(state.get("running_mean"));
    double[] variance = TestClient.vector(state.get("running_variance"));
    for (int c = 0; c < 3; c++) {
      assertThat(mean[c])
          .isCloseTo(expected.mean()[c], within(1e-12 * Math.abs(expected.mean()[c])));
      double exactVariance = expected.unbiasedVariance()[c];
      assertThat(variance[c]).isCloseTo(exactVariance, within(1e-12 * exactVariance));
    }
  }

  private static float[] batch(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[3 * (2 + seed % 7)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian(1000 * (i % 3) + 5, 1 + i % 3);
    }
    return values;
  }

  private static String body(int seed) {
    float[] values = batch(seed);
    return "{\"input\": {\"shape\": [%d,3], \"datatype\": \"FP32\", \"data\": [%s]}}"
        .formatted(
            values.length / 3,
            Arrays.stream(Tensor.of(Shape.of(values.length), values).toDoubleArray())
                .mapToObj(Double::toString)
                .collect(Collectors.joining(",")));
  }

  /** In 34 decimal digits. */
  private static ChannelMoments exact(int batches) {
    MathContext digits = MathContext.DECIMAL128;
    double[] means = new double[3];
    double[] sums = new double[3];
    long count = 0;
    for (int c = 0; c < 3; c++) {
      BigDecimal total = BigDecimal.ZERO;
      count = 0;
      for (int k = 0; k < batches; k++) {
        float[] values = batch(k);
        for (int i = c; i < values.length; i += 3) {
          total = total.add(new BigDecimal(values[i]), digits);
          count++;
        }
      }
      BigDecimal mean = total.divide(BigDecimal.valueOf(count), digits);
      BigDecimal sum = BigDecimal.ZERO;
      for (int k = 0; k < batches; k++) {
        float[] values = batch(k);
        for (int i = c; i < values.length; i += 3) {
          BigDecimal deviation = new BigDecimal(values[i]).subtract(mean, digits);
          sum = sum.add(deviation.multiply(deviation, digits), digits);
        }
      }
      means[c] = mean.doubleValue();
      sums[c] = sum.doubleValue();
    }
    return new ChannelMoments(count, means, sums);
  }
}
