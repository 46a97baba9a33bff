package io.norma.service;

import static org.awaitility.Awaitility.await;

import io.norma.store.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients that change everything that is kept, on a service that is killed at random moments and
 * started again: what was acknowledged is there, and what was not is there as a whole or not at
 * all. {@code -Dtest.kills=200} kills it so often on each database, {@code -Dtest.kills.seed} at
 * other moments.
 */
final class KillTest {
  private static final int KILLS = Integer.getInteger("test.kills", 3);
  private static final long SEED = Long.getLong("test.kills.seed", 1);
  private static final int CLIENTS = 4;

  /** So many changes are made at most before it is killed, and so much of another. */
  private static final int CHANGES = 60;

  private static final long LONGEST = TimeUnit.MILLISECONDS.toNanos(30);

  @TempDir Path directory;
  private final List<ServiceProcess> processes = new ArrayList<>();

  @AfterEach
  void kill() {
    processes.forEach(ServiceProcess::close);
  }

  @ParameterizedTest
  @EnumSource
  void losesNothingAndLeavesNothingHalfDone(TestDatabase database) throws Exception {
    List<String> settings = new ArrayList<>(List.of("--norma.models.bundled=false"));
    if (database != TestDatabase.H2) {
      settings.add("--spring.datasource.url=" + database.url(directory));
    }
    SplittableRandom random = new SplittableRandom(SEED);
    List<KilledClient> clients = new ArrayList<>();
    for (int k = 0; k < CLIENTS; k++) {
      clients.add(new KilledClient("m" + k, random.split()));
    }
    for (int kill = 0; kill <= KILLS; kill++) {
      ServiceProcess process =
          ServiceProcess.start(
              directory, List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"), settings);
      processes.add(process);
      int port = process.port();
      new StatisticsClient(port).awaitReady();
      for (KilledClient client : clients) {
        client.requireKept(port, "after kill " + kill + " with seed " + SEED);
      }
      if (kill < KILLS) {
        List<Thread> running =
            clients.stream()
                .map(client -> Thread.ofPlatform().start(() -> client.run(port)))
                .toList();
        long until = acknowledged(clients) + 1 + random.nextInt(CHANGES);
        await()
            .atMost(Duration.ofMinutes(2))
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofMillis(1))
            .until(() ->
                acknowledged(clients) >= until || running.stream().noneMatch(Thread::isAlive));
        LockSupport.parkNanos(random.nextLong(LONGEST));
        process.kill();
        for (Thread thread : running) {
          thread.join();
        }
        clients.forEach(KilledClient::requireNoFailure);
      }
    }
    System.out.printf(
        "FIGURE %d kills on %s: %d changes acknowledged, %d in doubt of which %d were made;"
            + " 0 lost, 0 half-applied%n",
        KILLS,
        database,
        acknowledged(clients),
        clients.stream().mapToLong(client -> client.inDoubt).sum(),
        clients.stream().mapToLong(client -> client.madeInDoubt).sum());
  }

  private static long acknowledged(List<KilledClient> clients) {
    return clients.stream().mapToLong(client -> client.acknowledged.get()).sum();
  }

  /** What there is of a model, as far as its client changes it. */
  record Kept(int label, List<Integer> night, int active, int published, int open, int batches) {
    static final Kept NOTHING = new Kept(0, List.of(), 0, 0, 0, 0);

    Kept uploaded(int newLabel) {
      return new Kept(newLabel, List.of(), 0, 0, 0, 0);
    }

    Kept withRevision(int value) {
      List<Integer> more = new ArrayList<>(night);
      more.add(value);
      return new Kept(label, List.copyOf(more), active, published, open, batches);
    }

    Kept withActive(int revision) {
      return new Kept(label, night, revision, published, open, batches);
    }

    Kept begun() {
      return new Kept(label, night, active, published, 1, 0);
    }

    Kept withBatch() {
      return new Kept(label, night, active, published, open, batches + 1);
    }

    Kept withPublished() {
      return new Kept(label, night, active, published + 1, 0, 0);
    }
  }
}
