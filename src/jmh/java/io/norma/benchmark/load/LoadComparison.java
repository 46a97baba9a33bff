package io.norma.benchmark.load;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.norma.NormaApplication;
import io.norma.benchmark.ModelFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;
import peer.PeerApplication;

/**
 * The service under load beside {@link PeerApplication}, rounds interleaved so that a noisy machine
 * is noisy for both. First in a closed loop at several numbers of connections, then in an open loop
 * at shares of what the slower of the two answered at most. Prints a row per network, form and load
 * with the medians of the rounds: requests per second, p50, p99 and p99.9 in milliseconds, the
 * service's processor time per request, and the ratios. Above 1 Norma is faster; of processor time,
 * below 1 it uses less.
 *
 * <p>Arguments: folders {@code <name>/model.onnx}, or folders of such. System properties: {@code
 * connections} (1,8,32,64), {@code forms} (json,binary), {@code rounds} (3), {@code seconds} per
 * round and service (5), {@code warmup} seconds (15), {@code shares} of the open loop (0.5,0.8),
 * {@code threads} that the peer gives to one inference (1).
 */
public final class LoadComparison {
  private static final int ROUNDS = Integer.getInteger("rounds", 3);
  private static final double SECONDS = Double.parseDouble(System.getProperty("seconds", "5"));
  private static final double WARMUP = Double.parseDouble(System.getProperty("warmup", "15"));

  /** In the open loop: more than are due at once, unless a service stalls. */
  private static final int OPEN_CONNECTIONS = 512;

  private LoadComparison() {}

  public static void main(String[] arguments) throws Exception {
    // It warns that the cores are busy, as they are to be.
    ((Logger) LoggerFactory.getLogger("io.hyperfoil")).setLevel(Level.OFF);
    System.out.println(
        "| network | form | load | requests/s | peer | ratio | p50 ms | peer | p99 ms | peer"
            + " | p99.9 ms | peer | CPU µs/request | peer | ratio | failed | peer |");
    System.out.println("|---" + "|---".repeat(16) + "|");
    for (String argument : arguments) {
      for (Path folder : ModelFolders.of(Path.of(argument))) {
        compare(folder);
      }
    }
    // Hyperfoil leaves threads behind.
    System.exit(0);
  }

  private static void compare(Path folder) throws Exception {
    String name = folder.toAbsolutePath().getFileName().toString();
    Path file = folder.resolve("model.onnx").toAbsolutePath();
    Path work = Files.createTempDirectory("load");
    Path served = Files.createDirectories(work.resolve("models").resolve(name).resolve("1"));
    Files.copy(file, served.resolve("model.onnx"));
    try (ServiceProcess norma =
            ServiceProcess.start(
                NormaApplication.class,
                List.of(System.getProperty("vector").split(" ", -1)),
                List.of(
                    "--norma.data-directory=" + work.resolve("data"),
                    "--norma.models.directory=" + work.resolve("models")),
                work.resolve("norma.log"));
        ServiceProcess peer =
            ServiceProcess.start(
                PeerApplication.class,
                List.of("--enable-native-access=ALL-UNNAMED"),
                List.of(
                    // As Norma's are: else every hundredth request closes its connection.
                    "--server.tomcat.max-keep-alive-requests=-1",
                    "--peer.model=" + file,
                    "--peer.threads=" + Integer.getInteger("threads", 1)),
                work.resolve("peer.log"))) {
      for (String form : System.getProperty("forms", "json,binary").split(",", -1)) {
        LoadRequest request =
            form.equals("binary") ? LoadRequest.binary(name, file) : LoadRequest.json(name, file);
        compare(name, form, request, norma, peer);
      }
    } finally {
      delete(work);
    }
  }

  private static void compare(
      String network, String form, LoadRequest request, ServiceProcess norma, ServiceProcess peer) {
    LoadGenerator ours = new LoadGenerator(norma.port(), request);
    LoadGenerator theirs = new LoadGenerator(peer.port(), request);
    ours.closed(8, WARMUP);
    theirs.closed(8, WARMUP);
    double peak = Double.MAX_VALUE;
    for (String connections : System.getProperty("connections", "1,8,32,64").split(",", -1)) {
      int count = Integer.parseInt(connections);
      Row row =
          measure(
              norma, () -> ours.closed(count, SECONDS), peer, () -> theirs.closed(count, SECONDS));
      row.print(network, form, "closed, " + count);
      if (count > 1) {
        peak = Math.min(peak, Math.min(row.ours().perSecond(), row.theirs().perSecond()));
      }
    }
    for (String share : System.getProperty("shares", "0.5,0.8").split(",", -1)) {
      double rate = Double.parseDouble(share) * peak;
      Row row =
          measure(
              norma,
              () -> ours.open(rate, OPEN_CONNECTIONS, SECONDS),
              peer,
              () -> theirs.open(rate, OPEN_CONNECTIONS, SECONDS));
      row.print(network, form, "open, %.0f/s".formatted(rate));
      row.tellBlocked();
    }
  }

  private static Row measure(ServiceProcess norma, Run ourRun, ServiceProcess peer, Run theirRun) {
    List<Side> ours = new ArrayList<>();
    List<Side> theirs = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      ours.add(Side.of(norma, ourRun));
      theirs.add(Side.of(peer, theirRun));
    }
    return new Row(Side.median(ours), Side.median(theirs));
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Load for some seconds. */
  private interface Run {
    LoadResult run();
  }

  /** One service's figures. */
  private record Side(
      double perSecond,
      double p50,
      double p99,
      double p999,
      double cpuMicros,
      double failed,
      double blockedSeconds) {
    static Side of(ServiceProcess service, Run run) {
      long before = service.cpuNanos();
      LoadResult result = run.run();
      double cpu = (service.cpuNanos() - before) / 1e3;
      return new Side(
          result.perSecond(),
          result.milliseconds(50),
          result.milliseconds(99),
          result.milliseconds(99.9),
          cpu / Math.max(1, result.answered()),
          result.failed(),
          result.blockedSeconds());
    }

    static Side median(List<Side> rounds) {
      return new Side(
          median(rounds, Side::perSecond),
          median(rounds, Side::p50),
          median(rounds, Side::p99),
          median(rounds, Side::p999),
          median(rounds, Side::cpuMicros),
          rounds.stream().mapToDouble(Side::failed).sum(),
          rounds.stream().mapToDouble(Side::blockedSeconds).sum());
    }

    private static double median(
        List<Side> rounds, java.util.function.ToDoubleFunction<Side> figure) {
      return rounds.stream().mapToDouble(figure).sorted().toArray()[rounds.size() / 2];
    }
  }

  /** Both services' figures under one load. */
  private record Row(Side ours, Side theirs) {
    /** Times are too short where requests that were due had to wait for a connection. */
    void tellBlocked() {
      if (ours.blockedSeconds() + theirs.blockedSeconds() > 0) {
        System.out.printf(
            Locale.ROOT,
            "Requests waited for a connection for %.3f s of norma's runs, and %.3f s of the peer's,"
                + " together; the times do not count that.%n",
            ours.blockedSeconds(),
            theirs.blockedSeconds());
      }
    }

    void print(String network, String form, String load) {
      System.out.printf(
          Locale.ROOT,
          "| %s | %s | %s | %.0f | %.0f | %.2f | %.2f | %.2f | %.1f | %.1f | %.1f | %.1f | %.0f"
              + " | %.0f | %.2f | %.0f | %.0f |%n",
          network,
          form,
          load,
          ours.perSecond(),
          theirs.perSecond(),
          ours.perSecond() / theirs.perSecond(),
          ours.p50(),
          theirs.p50(),
          ours.p99(),
          theirs.p99(),
          ours.p999(),
          theirs.p999(),
          ours.cpuMicros(),
          theirs.cpuMicros(),
          ours.cpuMicros() / theirs.cpuMicros(),
          ours.failed(),
          theirs.failed());
    }
  }
}
