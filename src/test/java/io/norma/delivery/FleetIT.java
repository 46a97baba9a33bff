package io.norma.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Replicas that share a database are one service, also when parts of it go and come. */
@NeedsContainers
@TestInstance(Lifecycle.PER_CLASS)
class FleetIT {
  private static final String MODEL = "/v1/models/digits";
  private static final int BATCH = 16;
  private static final int ACTIVATIONS = 10;

  /** The second that is promised, and what a machine busy with other containers may add to it. */
  private static final Duration DEADLINE = Duration.ofSeconds(1 + 4);

  @AutoClose private final Fleet fleet = new Fleet();

  @Test
  void anActivationThroughOneIsServedByTheOtherWithinTheDeadline() {
    calibrate("activated", fleet.onlyA(), fleet.onlyA());
    String active = MODEL + "/active-running-statistics";
    long[] milliseconds = new long[ACTIVATIONS];
    for (int i = 0; i < ACTIVATIONS; i++) {
      String set = i % 2 == 0 ? "activated" : "default";
      Http one = i % 3 == 0 ? fleet.onlyA() : fleet.onlyB();
      Http other = i % 3 == 0 ? fleet.onlyB() : fleet.onlyA();
      assertThat(one.put(active, "{\"set\": \"" + set + "\"}").statusCode()).isEqualTo(200);
      long acknowledged = System.nanoTime();
      Fleet.await("the other serves " + set, DEADLINE, () -> used(other).equals(set + "@1"));
      milliseconds[i] = (System.nanoTime() - acknowledged) / 1_000_000;
    }
    Arrays.sort(milliseconds);
    System.out.printf(
        "the other replica served an activation after %d ms (median of %d, the last after %d)%n",
        milliseconds[ACTIVATIONS / 2], ACTIVATIONS, milliseconds[ACTIVATIONS - 1]);
  }

  @Test
  void batchesThatAlternateBetweenReplicasPublishWhatOneProcessDoes() {
    calibrate("alternated", fleet.onlyA(), fleet.onlyB());
    calibrate("alone", fleet.onlyA(), fleet.onlyA());
    JsonObject alternated = layers("alternated");
    JsonObject alone = layers("alone");
    assertThat(alternated.keySet()).isEqualTo(alone.keySet()).isNotEmpty();
    for (Map.Entry<String, JsonElement> layer : alone.entrySet()) {
      for (String vector : List.of("mean", "variance")) {
        JsonArray expected = layer.getValue().getAsJsonObject().getAsJsonArray(vector);
        JsonArray actual = alternated.getAsJsonObject(layer.getKey()).getAsJsonArray(vector);
        for (int c = 0; c < expected.size(); c++) {
          double value = expected.get(c).getAsDouble();
          assertThat(actual.get(c).getAsDouble())
              .as("%s.%s[%d]", layer.getKey(), vector, c)
              .isCloseTo(value, within(1e-6 * Math.max(1, Math.abs(value))));
        }
      }
    }
  }

  @Test
  void withoutItsDatabaseItInfersRefusesWritesAndHeals() {
    fleet.stopDatabase();
    try {
      assertThat(Digit.of(fleet.balanced().digit("three").body())).isEqualTo(3);
      HttpResponse<String> refused =
          fleet.onlyA().post(MODEL + "/calibrations", "{\"set\": \"refused\"}");
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      assertThat(Digit.of(fleet.balanced().digit("four").body())).isEqualTo(4);
    } finally {
      fleet.startDatabase();
    }
    Fleet.await(
        "writes work again",
        () ->
            fleet.onlyA().post(MODEL + "/calibrations", "{\"set\": \"healed\"}").statusCode()
                == 201);
  }

  @Test
  void aRollingRestartFailsNoRequest() {
    try (Load load = new Load(fleet.balanced(), 0);
        Load more = new Load(fleet.balanced(), 0)) {
      fleet.restartOneAfterTheOther();
      load.stop();
      more.stop();
      assertThat(load.answered()).isPositive();
      assertThat(more.answered()).isPositive();
      assertThat(load.failures()).isEmpty();
      assertThat(more.failures()).isEmpty();
    }
  }

  @Test
  void aKilledReplicaLosesNoAcknowledgedBatch() {
    String calibration = begin("survivor", fleet.onlyA());
    List<String> batches = batches();
    int acknowledged = 0;
    int retried = 0;
    try (Load load = new Load(fleet.balanced(), 1)) {
      for (int i = 0; i < 2 * batches.size(); i++) {
        if (i == batches.size()) {
          fleet.killB();
        }
        String path = calibration + "/batches";
        String batch = batches.get(i % batches.size());
        if (fleet.balanced().post(path, batch).statusCode() != 200) {
          retried++;
          assertThat(fleet.balanced().post(path, batch).statusCode()).isEqualTo(200);
        }
        acknowledged += BATCH;
      }
      load.stop();
      assertThat(load.failures()).isEmpty();
    } finally {
      fleet.startB();
    }
    long samples =
        JsonParser.parseString(fleet.balanced().get(calibration).body())
            .getAsJsonObject()
            .get("samples")
            .getAsLong();
    assertThat(samples).isBetween((long) acknowledged, acknowledged + (long) retried * BATCH);
  }

  private void calibrate(String set, Http even, Http odd) {
    String calibration = begin(set, even);
    List<String> batches = batches();
    for (int i = 0; i < batches.size(); i++) {
      HttpResponse<String> added =
          (i % 2 == 0 ? even : odd).post(calibration + "/batches", batches.get(i));
      assertThat(added.statusCode()).as(added.body()).isEqualTo(200);
    }
    HttpResponse<String> published = odd.post(calibration + "/publish", "{}");
    assertThat(published.statusCode()).as(published.body()).isEqualTo(200);
  }

  private static String begin(String set, Http http) {
    HttpResponse<String> begun =
        http.post(MODEL + "/calibrations", "{\"set\": \"" + set + "\", \"minimum_samples\": 32}");
    assertThat(begun.statusCode()).as(begun.body()).isEqualTo(201);
    return begun.headers().firstValue("Location").orElseThrow();
  }

  private JsonObject layers(String set) {
    return JsonParser.parseString(fleet.onlyB().get(MODEL + "/running-statistics/" + set).body())
        .getAsJsonObject()
        .getAsJsonObject("layers");
  }

  private static String used(Http http) {
    return JsonParser.parseString(http.digit("one").body())
        .getAsJsonObject()
        .getAsJsonObject("parameters")
        .get("running_statistics")
        .getAsString();
  }

  /** The 64 images of the shifted domain in four requests. */
  private static List<String> batches() {
    JsonObject request =
        JsonParser.parseString(Http.example("shifted/calibration.json")).getAsJsonObject();
    JsonObject input = request.getAsJsonArray("inputs").get(0).getAsJsonObject();
    JsonArray all = input.getAsJsonArray("data");
    int size = all.size() / 64 * BATCH;
    input.getAsJsonArray("shape").set(0, new JsonPrimitive(BATCH));
    List<String> batches = new ArrayList<>();
    for (int from = 0; from < all.size(); from += size) {
      JsonArray some = new JsonArray();
      for (int i = from; i < from + size; i++) {
        some.add(all.get(i));
      }
      input.add("data", some);
      batches.add(request.toString());
    }
    return batches;
  }
}
