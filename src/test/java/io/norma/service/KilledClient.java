package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.KillTest.Kept;
import io.norma.service.StatisticsClient.Answer;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Changes a model of its own until the service is gone, and knows what must be there then. */
final class KilledClient {
  private static final int ROWS = 32;

  private final String name;
  private final String model;
  private final SplittableRandom random;

  private Kept kept = Kept.NOTHING;

  /** What is there if the change is made that nobody answered. */
  private @Nullable Kept perhaps;

  private int labels;
  private @Nullable Throwable failure;
  final AtomicLong acknowledged = new AtomicLong();
  long inDoubt;
  long madeInDoubt;

  KilledClient(String name, SplittableRandom random) {
    this.name = name;
    this.random = random;
    model = "/v1/models/" + name;
  }

  private interface Change {
    Answer make(StatisticsClient client);
  }

  /** Goes on until the service does not answer. */
  void run(int port) {
    try {
      StatisticsClient client = new StatisticsClient(port);
      while (true) {
        changeSomething(client);
      }
    } catch (UncheckedIOException _) {
      // It is dead.
    } catch (RuntimeException | AssertionError e) {
      failure = e;
    }
  }

  void requireNoFailure() {
    assertThat(failure).as(name).isNull();
  }

  private void changeSomething(StatisticsClient client) {
    if (kept.label() == 0) {
      int label = ++labels;
      make(
          client,
          kept.uploaded(label),
          it ->
              it.put(
                  model + "/versions/1",
                  new LabelledNetwork(label).bytes(),
                  "application/octet-stream"));
      return;
    }
    switch (random.nextInt(12)) {
      case 0 -> make(client, Kept.NOTHING, it -> it.delete(model));
      case 1, 2, 3 -> {
        int value = 1 + random.nextInt(1000);
        make(
            client,
            kept.withRevision(value),
            it ->
                it.put(
                    model + "/running-statistics/night", new LabelledNetwork(value).statistics()));
      }
      case 4, 5 -> {
        if (!kept.night().isEmpty()) {
          int revision = 1 + random.nextInt(kept.night().size());
          make(
              client,
              kept.withActive(revision),
              it ->
                  it.put(
                      model + "/active-running-statistics",
                      "{\"set\": \"night\", \"revision\": " + revision + "}"));
        }
      }
      default -> calibrate(client);
    }
  }

  private void calibrate(StatisticsClient client) {
    if (kept.open() == 0) {
      make(
          client,
          kept.begun(),
          it -> it.post(model + "/calibrations", "{\"set\": \"calibrated\"}"));
    } else if (kept.batches() < 2 || random.nextInt(3) > 0) {
      StringBuilder data = new StringBuilder();
      for (int i = 0; i < 2 * ROWS; i++) {
        data.append(i == 0 ? "" : ", ").append(random.nextInt(100));
      }
      String batch =
          """
          {"inputs": [{"name": "x", "shape": [%d, 2], "datatype": "FP32", "data": [%s]}]}
          """
              .formatted(ROWS, data);
      make(client, kept.withBatch(), it -> it.post(open(it) + "/batches", batch));
    } else {
      make(client, kept.withPublished(), it -> it.post(open(it) + "/publish", "{}"));
    }
  }

  /** The calibration that goes on. */
  private String open(StatisticsClient client) {
    for (JsonNode calibration : client.get(model + "/calibrations").json().get("items")) {
      if (!calibration.get("state").asString().equals("published")) {
        return model + "/calibrations/" + calibration.get("id").asString();
      }
    }
    throw new AssertionError("the calibration of " + name + " is gone");
  }

  private void make(StatisticsClient client, Kept then, Change change) {
    perhaps = then;
    Answer answer = change.make(client);
    assertThat(answer.status()).as("%s: %s", name, answer.text()).isBetween(200, 204);
    kept = then;
    perhaps = null;
    acknowledged.incrementAndGet();
  }

  /** Holds what the service has against what it acknowledged. */
  void requireKept(int port, String when) {
    Kept found = found(new StatisticsClient(port));
    if (perhaps == null) {
      assertThat(found).as("%s, %s", name, when).isEqualTo(kept);
      return;
    }
    inDoubt++;
    assertThat(found).as("%s, %s", name, when).isIn(kept, perhaps);
    if (found.equals(perhaps)) {
      madeInDoubt++;
    }
    kept = found;
    perhaps = null;
  }

  private Kept found(StatisticsClient client) {
    Answer details = client.get(model + "/versions/1");
    if (details.status() == 404) {
      return Kept.NOTHING;
    }
    assertThat(details.status()).as(details.text()).isEqualTo(200);
    int label = 0;
    for (int candidate = Math.max(1, labels - 1); candidate <= labels; candidate++) {
      if (new LabelledNetwork(candidate).sha256().equals(details.json().get("sha256").asString())) {
        label = candidate;
      }
    }
    Kept found = Kept.NOTHING.uploaded(label);
    for (int revision = 1; revision <= newest(client, "night"); revision++) {
      JsonNode stored =
          client.get(model + "/running-statistics/night/revisions/" + revision).json();
      // -1000 times what it was made with.
      double mean = stored.get("layers").get("bn").get("mean").get(0).asDouble();
      found = found.withRevision((int) Math.round(mean / -1000));
    }
    JsonNode active = client.get(model + "/active-running-statistics").json();
    if (active.get("set").asString().equals("night")) {
      found = found.withActive(active.get("revision").asInt());
    } else {
      assertThat(active.get("set").asString()).isEqualTo("default");
    }
    JsonNode all = client.get(model + "/calibrations?limit=1000").json().get("items");
    int collecting = 0;
    for (JsonNode calibration : all) {
      long batches = calibration.get("batches").asLong();
      assertThat(calibration.get("samples").asLong()).isEqualTo(ROWS * batches);
      if (!calibration.get("state").asString().equals("published")) {
        collecting++;
        found =
            new Kept(
                found.label(), found.night(), found.active(), found.published(), 1, (int) batches);
      }
    }
    assertThat(collecting).as("calibrations that go on").isLessThanOrEqualTo(1);
    int published = newest(client, "calibrated");
    assertThat(all.size() - collecting).as("calibrations that are published").isEqualTo(published);
    return new Kept(
        found.label(), found.night(), found.active(), published, found.open(), found.batches());
  }

  private int newest(StatisticsClient client, String set) {
    Answer answer = client.get(model + "/running-statistics/" + set);
    return answer.status() == 404 ? 0 : answer.json().get("revision").asInt();
  }
}
