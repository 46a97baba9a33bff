package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * Uploads, deletions and writes that come to two replicas in random order, against what must hold:
 * what is acknowledged is there, what is served is what it names, and both replicas come to the
 * same. {@code -Dnorma.test.steps=1000} for long schedules, {@code -Dnorma.test.seed} for one that
 * failed.
 */
final class ReplicaScheduleTest {
  private static final int STEPS = Integer.getInteger("norma.test.steps", 120);
  private static final long SEED = Long.getLong("norma.test.seed", 1);
  private static final int LABELS = 5;
  private static final String CALIBRATION =
      """
      {"set": "s", "minimum_samples": 2, "variance_convention": "population"}
      """;

  private static final int VERSIONS = 2;

  /** A second is promised; what is beyond is for a machine that is busy with other tests. */
  private static final Duration DEADLINE = Duration.ofSeconds(1 + 9);

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void comeToTheSameAsOne(TestDatabase database) throws Exception {
    String url = database.url(directory);
    try (RunningService one = RunningService.start(directory, url);
        RunningService other = RunningService.start(directory, url)) {
      new Schedule(List.of(one.client(), other.client()), new SplittableRandom(SEED)).run(database);
    }
  }

  @ParameterizedTest
  @EnumSource
  void agreeAfterAllAtOnce(TestDatabase database) throws Exception {
    String url = database.url(directory);
    try (RunningService one = RunningService.start(directory, url);
        RunningService other = RunningService.start(directory, url);
        ExecutorService executor = Executors.newFixedThreadPool(4)) {
      List<StatisticsClient> replicas = List.of(one.client(), other.client());
      SplittableRandom random = new SplittableRandom(SEED);
      for (int round = 0; round < Math.max(2, STEPS / 20); round++) {
        List<Future<?>> running = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
          StatisticsClient replica = replicas.get(k % 2);
          SplittableRandom own = random.split();
          running.add(
              executor.submit(() -> {
                for (int i = 0; i < 5; i++) {
                  anything(replica, own);
                }
              }));
        }
        for (Future<?> each : running) {
          each.get();
        }
        awaitAgreement(replicas);
      }
    }
  }

  /** One change or question, whose answer may be any that is no server's fault. */
  private static void anything(StatisticsClient replica, SplittableRandom random) {
    LabelledNetwork network = new LabelledNetwork(1 + random.nextInt(LABELS));
    String version = version(1 + random.nextInt(VERSIONS));
    Answer answer =
        switch (random.nextInt(5)) {
          case 0, 1 -> replica.put(version, network.bytes(), "application/octet-stream");
          case 2 -> replica.delete(version);
          case 3 -> replica.put(version + "/running-statistics/s", network.statistics());
          default -> replica.post(infer(1 + random.nextInt(VERSIONS)), LabelledNetwork.ZEROS);
        };
    assertThat(answer.status()).as(answer.text()).isIn(200, 201, 204, 404, 409, 503);
    if (answer.status() == 503) {
      assertThat(answer.text()).contains("being loaded");
    }
  }

  private static void awaitAgreement(List<StatisticsClient> replicas) {
    waiting()
        .untilAsserted(
            () -> assertThat(state(replicas.getFirst())).isEqualTo(state(replicas.getLast())));
    for (StatisticsClient replica : replicas) {
      for (int version = 1; version <= VERSIONS; version++) {
        if (replica.get(version(version)).status() == 200) {
          assertThat(replica.post(infer(version), LabelledNetwork.ZEROS).status()).isEqualTo(200);
        }
      }
    }
  }

  /** Asks at once, and then often: it tells how far a replica is behind. */
  private static ConditionFactory waiting() {
    return await()
        .atMost(DEADLINE)
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5));
  }

  /** What a replica says that it has: checksums of its versions. */
  private static Map<String, String> state(StatisticsClient replica) {
    Map<String, String> state = new TreeMap<>();
    for (int version = 1; version <= VERSIONS; version++) {
      Answer answer = replica.get(version(version));
      state.put(
          version(version),
          answer.status() == 200 ? answer.json().get("sha256").asString() : "none");
    }
    return state;
  }

  private static String version(int version) {
    return "/v1/models/m/versions/" + version;
  }

  private static String infer(int version) {
    return "/v2/models/m/versions/" + version + "/infer";
  }

  /** What must hold after the steps so far, of which each was acknowledged before the next. */
  private static final class Schedule {
    private final List<StatisticsClient> replicas;
    private final SplittableRandom random;
    private final Map<Integer, Integer> labels = new HashMap<>();

    /** By version: whether its set is active; absent if it has none. */
    private final Map<Integer, Boolean> sets = new HashMap<>();

    private final List<String> steps = new ArrayList<>();
    private long longestLag;

    private Schedule(List<StatisticsClient> replicas, SplittableRandom random) {
      this.replicas = replicas;
      this.random = random;
    }

    void run(TestDatabase database) {
      int done = 0;
      try {
        for (; done < STEPS; done++) {
          step();
          if (done % 50 == 49) {
            replicas.forEach(this::requireState);
          }
        }
        replicas.forEach(this::requireState);
      } catch (AssertionError e) {
        throw new AssertionError(
            "seed %d, step %d, after: %s"
                .formatted(SEED, done, steps.subList(Math.max(0, steps.size() - 12), steps.size())),
            e);
      }
      System.out.printf(
          "%s: %d steps on two replicas, which were at most %d ms behind%n",
          database, done, longestLag / 1_000_000);
    }

    private void step() {
      int on = random.nextInt(replicas.size());
      StatisticsClient replica = replicas.get(on);
      int version = 1 + random.nextInt(VERSIONS);
      LabelledNetwork network = new LabelledNetwork(1 + random.nextInt(LABELS));
      int kind = random.nextInt(10);
      steps.add("%d on %d of %d, label %d".formatted(kind, on, version, network.label()));
      switch (kind) {
        case 0, 1 -> upload(replica, version, network);
        case 2 -> delete(replica, version);
        case 3, 4 -> write(replica, version);
        case 5 -> activate(replica, version);
        case 6 -> calibrate(replica, version);
        default -> infer(replica, version);
      }
    }

    private void upload(StatisticsClient replica, int version, LabelledNetwork network) {
      Answer answer = replica.put(version(version), network.bytes(), "application/octet-stream");
      Integer there = labels.get(version);
      int expected = there == null ? 201 : there == network.label() ? 200 : 409;
      assertThat(answer.status()).as(answer.text()).isEqualTo(expected);
      if (there != null && expected == 409) {
        assertThat(answer.text()).contains(network.sha256(), new LabelledNetwork(there).sha256());
      }
      labels.putIfAbsent(version, network.label());
    }

    private void delete(StatisticsClient replica, int version) {
      Answer answer = replica.delete(version(version));
      assertThat(answer.status())
          .as(answer.text())
          .isEqualTo(labels.remove(version) == null ? 404 : 204);
      sets.remove(version);
    }

    private void write(StatisticsClient replica, int version) {
      Integer label = labels.get(version);
      LabelledNetwork network = new LabelledNetwork(label == null ? 1 : label);
      Answer answer =
          awaited(
              label,
              () -> replica.put(version(version) + "/running-statistics/s", network.statistics()),
              201);
      if (answer != null) {
        assertThat(answer.header("ETag"))
            .as("the network that the statistics are stored for")
            .contains("-" + network.sha256().substring(0, 12));
        sets.putIfAbsent(version, false);
      }
    }

    private void activate(StatisticsClient replica, int version) {
      Integer label = sets.containsKey(version) ? labels.get(version) : null;
      Answer answer =
          awaited(
              label,
              () ->
                  replica.put(version(version) + "/active-running-statistics", "{\"set\": \"s\"}"),
              200);
      if (answer != null) {
        sets.put(version, true);
      }
    }

    /** Goes from one replica to the other, and ends in a set that is active. */
    private void calibrate(StatisticsClient replica, int version) {
      Integer label = labels.get(version);
      Answer begun =
          awaited(label, () -> replica.post(version(version) + "/calibrations", CALIBRATION), 201);
      if (begun == null || label == null) {
        return;
      }
      LabelledNetwork network = new LabelledNetwork(label);
      if (!begun.json().get("sha256").asString().equals(network.sha256())) {
        // The replica had not heard of the deletion: the other one must not take it up.
        return;
      }
      StatisticsClient next = replicas.get(random.nextInt(replicas.size()));
      // −1000 · label before the normalization, as the statistics that are loaded have it.
      String batch =
          """
          {"inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP32",
                       "data": [%d, %d, %d, %d]}]}
          """
              .formatted(
                  -1000 * label - 1, -1000 * label - 1, -1000 * label + 1, -1000 * label + 1);
      Answer added =
          awaited(label, () -> next.post(begun.header("Location") + "/batches", batch), 200);
      assertThat(added).isNotNull();
      Answer published =
          awaited(
              label,
              () -> next.post(begun.header("Location") + "/publish", "{\"activate\": true}"),
              200);
      assertThat(published).isNotNull();
      sets.put(version, true);
    }

    private void infer(StatisticsClient replica, int version) {
      Answer answer =
          awaited(
              labels.get(version),
              () -> replica.post(ReplicaScheduleTest.infer(version), LabelledNetwork.ZEROS),
              200);
      if (answer != null) {
        requireItsOwn(answer.json());
      }
    }

    /** Whatever it is that answers: the statistics that it names are its own. */
    private static void requireItsOwn(JsonNode answer) {
      boolean own =
          !answer.get("parameters").get("running_statistics").asString().equals("default@1");
      double y = answer.get("outputs").get(0).get("data").get(0).asDouble();
      long label = Math.round(y / (own ? 1001 : 1));
      assertThat(label).as("%s", answer).isBetween(1L, (long) LABELS);
      double expected = new LabelledNetwork((int) label).answer(own);
      assertThat(y)
          .as("%s", answer)
          .isCloseTo(expected, within(LabelledNetwork.TOLERANCE * expected));
    }

    /**
     * Asks until the replica has heard of what was acknowledged by the other.
     *
     * @param label of what must be there, {@code null} for nothing: then the answer is 404 in the
     *     end
     * @return {@code null} if nothing is there
     */
    private @Nullable Answer awaited(@Nullable Integer label, Callable<Answer> ask, int expected) {
      long begin = System.nanoTime();
      Answer last = waiting().until(ask, answer -> hasHeard(answer, label, expected));
      longestLag = Math.max(longestLag, System.nanoTime() - begin);
      return label == null ? null : last;
    }

    private static boolean hasHeard(Answer answer, @Nullable Integer label, int expected) {
      int status = answer.status();
      if (status == (label == null ? 404 : expected)) {
        return true;
      }
      boolean behind =
          status == 404
              || status == 409
              || (label == null && status == expected)
              || (status == 503 && answer.text().contains("being loaded"));
      assertThat(behind).as("%d: %s", status, answer.text()).isTrue();
      return false;
    }

    private void requireState(StatisticsClient replica) {
      long begin = System.nanoTime();
      for (int version = 1; version <= VERSIONS; version++) {
        Integer label = labels.get(version);
        String expected = label == null ? "none" : new LabelledNetwork(label).sha256();
        String name = version(version);
        waiting().untilAsserted(() -> assertThat(state(replica)).containsEntry(name, expected));
        if (label != null) {
          String active = Boolean.TRUE.equals(sets.get(version)) ? "\"s\"" : "\"default\"";
          waiting()
              .untilAsserted(() ->
                  assertThat(replica.get(name + "/active-running-statistics").text())
                      .contains(active));
        }
      }
      longestLag = Math.max(longestLag, System.nanoTime() - begin);
    }
  }
}
