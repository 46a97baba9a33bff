package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.FoldedModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Whatever operation of the contract changes something, leaves a record of it. One that is new has
 * to be called here, or be named among those that change nothing.
 */
final class AuditedOperationsTest extends ServiceTest {
  private static final Set<String> CHANGING = Set.of("post", "put", "delete", "patch");

  /** With the reason. */
  private static final Map<String, String> NOT_AUDITED =
      Map.ofEntries(
          Map.entry("infer", "answers"),
          Map.entry("inferWithVersion", "answers"),
          Map.entry("replay", "answers"),
          Map.entry("replayOfVersion", "answers"),
          Map.entry("getRepositoryIndex", "reads"),
          Map.entry("makeBackup", "reads"),
          Map.entry("previewRunningStatistics", "reads"),
          Map.entry("previewRunningStatisticsOfVersion", "reads"),
          Map.entry("diagnose", "reads"),
          Map.entry("diagnoseOfVersion", "reads"),
          Map.entry("normalizeBatch", "keeps nothing"),
          Map.entry("differentiateBatch", "keeps nothing"),
          Map.entry("streamBatch", "keeps nothing"),
          Map.entry("normalizeGroup", "keeps nothing"),
          Map.entry("differentiateGroup", "keeps nothing"),
          Map.entry("normalizeInstance", "keeps nothing"),
          Map.entry("differentiateInstance", "keeps nothing"),
          Map.entry("normalizeLayer", "keeps nothing"),
          Map.entry("differentiateLayer", "keeps nothing"),
          Map.entry("applyNormalizer", "reads"),
          Map.entry("trainNormalizer", "data, as many as a training has batches"),
          Map.entry("addCalibrationBatch", "data; its publication tells how many there were"),
          Map.entry("probeCalibration", "data; the revision that is published has what it tells"));

  private static final String MODEL = "/v1/models/audited";
  private static final String VERSION = MODEL + "/versions/1";
  private static final String FOLDED = "/v1/models/audited-folded/versions/1";
  private static final String NORMALIZER = "/v1/normalizers/audited";

  private final Map<String, List<String>> actions = new TreeMap<>();

  @Test
  void leaveARecordEach() throws IOException {
    models();
    statistics(MODEL);
    statistics(VERSION);
    calibrations();
    normalizers();
    Exchange key =
        call(
            "createKey",
            () -> client.post("/v1/keys", "{\"name\":\"audited\",\"scopes\":[\"infer\"]}"),
            "key_created");
    call(
        "revokeKey",
        () -> client.delete("/v1/keys/" + key.json().get("id").asString()),
        "key_revoked");
    call("deleteModelVersion", () -> client.delete(VERSION), "model_deleted");
    call("deleteModel", () -> client.delete("/v1/models/audited-folded"), "model_deleted");

    Set<String> known = new TreeSet<>(actions.keySet());
    known.addAll(NOT_AUDITED.keySet());
    assertThat(known).isEqualTo(changing());
    assertThat(actions).doesNotContainKeys(NOT_AUDITED.keySet().toArray(String[]::new));
  }

  private void models() throws IOException {
    byte[] model = digitsModel();
    call("uploadModel", () -> client.put(VERSION, model), "model_uploaded");
    call(
        "unloadModel",
        () -> client.post("/v2/repository/models/audited/unload", "{}"),
        "model_unloaded");
    call(
        "loadModel", () -> client.post("/v2/repository/models/audited/load", "{}"), "model_loaded");

    FoldedModel folded = FoldedModel.of(model);
    succeed(client.put(FOLDED, folded.onnx()));
    call(
        "addReferenceBatch",
        () -> client.post(FOLDED + "/references?layer=conv1", example("three.json"), Map.of()),
        "references_added");
    call("deleteReferences", () -> client.delete(FOLDED + "/references"), "references_deleted");
    call(
        "restoreModel",
        () -> client.put(FOLDED + "/checkpoint", folded.checkpoint()),
        "checkpoint_added");
  }

  private void statistics(String model) {
    boolean isOfVersion = model.equals(VERSION);
    String suffix = isOfVersion ? "OfVersion" : "";
    String set = model + "/running-statistics/" + (isOfVersion ? "day" : "night");
    byte[] document = example("shifted/running-statistics.json");
    Map<String, String> json = Map.of("Content-Type", "application/json");
    call(
        "loadRunningStatistics" + suffix,
        () -> client.send("PUT", set, json, document),
        "set_created");
    succeed(client.send("PUT", set, json, document));
    String choice = "{\"set\":\"" + (isOfVersion ? "day" : "night") + "\",\"reason\":\"why\"}";
    call(
        "activateRunningStatistics" + suffix,
        () -> client.put(model + "/active-running-statistics", bytes(choice)),
        "activated");
    call(
        "rollbackRunningStatistics" + suffix,
        () ->
            // Nobody said that there is a proxy whose word counts.
            client.post(
                model + "/active-running-statistics/rollback",
                bytes("{\"reason\":\"no better\"}"),
                Map.of("X-Forwarded-For", "192.0.2.7")),
        "rolled_back");
    call("deleteRevision" + suffix, () -> client.delete(set + "/revisions/1"), "revision_deleted");
    call("deleteRunningStatistics" + suffix, () -> client.delete(set), "set_deleted");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void calibrations() {
    String wanted = "{\"set\":\"dusk\",\"minimum_samples\":2}";
    Exchange begun =
        call(
            "beginCalibration",
            () -> client.post(MODEL + "/calibrations", wanted),
            "calibration_begun");
    String calibration = begun.header("Location");
    succeed(client.post(calibration + "/batches", example("shifted/calibration.json"), Map.of()));
    byte[] moments = client.get(calibration + "/moments").body();
    call(
        "mergeCalibration",
        () -> client.post(calibration + "/merge", moments, Map.of()),
        "calibration_merged");
    call(
        "publishCalibration",
        () -> client.post(calibration + "/publish", "{\"activate\":true}"),
        "set_created",
        "activated",
        "calibration_published");
    call("deleteCalibration", () -> client.delete(calibration), "calibration_deleted");
    call(
        "beginCalibrationOfVersion",
        () -> client.post(VERSION + "/calibrations", wanted),
        "calibration_begun");
    byte[] rows = example("shifted/calibration.json");
    call(
        "recalibrate",
        () -> client.post(MODEL + "/recalibrations?set=averaged", rows, Map.of()),
        "calibration_begun",
        "set_created",
        "calibration_published");
    call(
        "recalibrateOfVersion",
        () -> client.post(VERSION + "/recalibrations?set=averaged&activate=true", rows, Map.of()),
        "calibration_begun",
        "revision_added",
        "activated",
        "calibration_published");
  }

  private void normalizers() {
    call(
        "putNormalizer",
        () -> client.put(NORMALIZER, bytes("{\"channels\":2,\"cumulative\":true}")),
        "normalizer_created");
    String moments = "{\"count\":4,\"mean\":[4,5],\"sum_of_squared_deviations\":[20,20]}";
    call("mergeNormalizer", () -> client.post(NORMALIZER + "/merge", moments), "normalizer_merged");
    call("deleteNormalizer", () -> client.delete(NORMALIZER), "normalizer_deleted");
  }

  /** Calls an operation; fails unless it left these records, in this order, and no others. */
  private Exchange call(String operation, Supplier<Exchange> request, String... expected) {
    long last = newest();
    Exchange exchange = request.get();
    succeed(exchange);
    List<String> left = new ArrayList<>();
    for (JsonNode made : client.get("/v1/audit").json().path("items")) {
      if (made.path("id").asLong() > last) {
        left.addFirst(made.path("action").asString());
        assertThat(made.path("principal").asString()).isEqualTo("anonymous");
        assertThat(made.path("remote_address").asString()).isIn("127.0.0.1", "0:0:0:0:0:0:0:1");
        assertThat(made.has("before") || made.has("after")).as("%s", made).isTrue();
      }
    }
    assertThat(left).as("records of operation %s", operation).containsExactly(expected);
    actions.put(operation, left);
    return exchange;
  }

  private static void succeed(Exchange exchange) {
    assertThat(exchange.status()).as(exchange.text()).isBetween(200, 299);
  }

  private long newest() {
    return client.get("/v1/audit?limit=1").json().path("items").path(0).path("id").asLong(0);
  }

  private static Set<String> changing() {
    Set<String> operations = new TreeSet<>();
    for (var path : ExchangeValidator.get().document().path("paths").properties()) {
      for (var operation : path.getValue().properties()) {
        if (CHANGING.contains(operation.getKey())) {
          operations.add(operation.getValue().path("operationId").asString());
        }
      }
    }
    return operations;
  }
}
