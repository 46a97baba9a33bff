package io.norma.benchmark.load;

import io.hyperfoil.api.config.Benchmark.FailurePolicy;
import io.hyperfoil.api.config.BenchmarkBuilder;
import io.hyperfoil.api.config.PhaseBuilder;
import io.hyperfoil.api.statistics.StatisticsSnapshot;
import io.hyperfoil.core.impl.LocalSimulationRunner;
import io.hyperfoil.http.api.HttpMethod;
import io.hyperfoil.http.config.HttpPluginBuilder;
import io.hyperfoil.http.statistics.HttpStats;
import io.hyperfoil.http.steps.HttpStepCatalog;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Asks a service from one thread, with Hyperfoil: in a closed loop (each connection asks again when
 * it was answered) or in an open one (requests fall due at random at a rate, whether or not those
 * before them were answered). In the open loop a request is sent when it falls due, so that a stall
 * counts for all who come meanwhile (no coordinated omission), as long as a connection is free; the
 * time that requests waited for one is told apart.
 */
final class LoadGenerator {
  private static final int MOST_WAITING = 20_000;

  private final int port;
  private final LoadRequest request;

  LoadGenerator(int port, LoadRequest request) {
    this.port = port;
    this.request = request;
  }

  /** Each connection asks again when it was answered. */
  LoadResult closed(int connections, double seconds) {
    BenchmarkBuilder benchmark = benchmark(connections);
    return run(benchmark, benchmark.addPhase("closed").always(connections), seconds);
  }

  /** Requests fall due at a rate per second, at random (a Poisson process). */
  LoadResult open(double rate, int connections, double seconds) {
    BenchmarkBuilder benchmark = benchmark(connections);
    return run(
        benchmark,
        benchmark
            .addPhase("open")
            .constantRate((int) rate)
            .variance(true)
            .maxSessions(MOST_WAITING),
        seconds);
  }

  private BenchmarkBuilder benchmark(int connections) {
    BenchmarkBuilder benchmark =
        BenchmarkBuilder.builder().name("load").failurePolicy(FailurePolicy.CONTINUE).threads(1);
    benchmark
        .addPlugin(HttpPluginBuilder::new)
        .http()
        .host("127.0.0.1")
        .port(port)
        .sharedConnections(connections);
    return benchmark;
  }

  private LoadResult run(BenchmarkBuilder benchmark, PhaseBuilder<?> phase, double seconds) {
    long milliseconds = Math.round(seconds * 1000);
    phase.duration(milliseconds).maxDuration(milliseconds + TimeUnit.SECONDS.toMillis(60));
    var step =
        phase
            .scenario()
            .initialSequence("request")
            .step(HttpStepCatalog.SC)
            .httpRequest(HttpMethod.POST)
            .path(request.path())
            .body((session, connection) -> Unpooled.wrappedBuffer(request.body()))
            .timeout(60, TimeUnit.SECONDS);
    request.headers().forEach((name, value) -> step.headers().header(name, value));
    step.endStep();
    StatisticsSnapshot total = new StatisticsSnapshot();
    AtomicLong answered = new AtomicLong();
    long start = System.nanoTime();
    new LocalSimulationRunner(
            benchmark.build(),
            (of, stepId, metric, snapshot, countDown) -> {
              synchronized (total) {
                total.add(snapshot);
                answered.addAndGet(HttpStats.get(snapshot).status_2xx);
              }
            },
            null,
            null)
        .run();
    double took = Math.min(seconds, (System.nanoTime() - start) / 1e9);
    return new LoadResult(
        answered.get(),
        total.requestCount - answered.get(),
        total.blockedTime / 1e9,
        took,
        total.histogram);
  }
}
