package io.norma.runningstatistics.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.norma.service.LabelledNetwork;
import io.norma.service.RunningService;
import io.norma.service.StatisticsClient;
import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CalibrationControllerTest {
  private static RunningService service;
  private static StatisticsClient client;

  @BeforeAll
  static void start(@TempDir Path directory) {
    service = RunningService.start(directory, TestDatabase.H2.url(directory));
    client = service.client();
    // A name that is a word of the path, and one that is encoded there.
    for (String model : List.of("versions", "two%20words", "paged")) {
      assertThat(
              client
                  .put(
                      "/v1/models/" + model + "/versions/1",
                      new LabelledNetwork(3).bytes(),
                      "application/octet-stream")
                  .status())
          .isEqualTo(201);
    }
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @Test
  void listsThemOnPagesThatEndSomewhere() {
    String calibrations = "/v1/models/paged/calibrations";
    List<String> begun = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      begun.add(begin(calibrations));
    }
    List<String> listed = new ArrayList<>();
    int pages = 0;
    String next = "";
    do {
      Answer page =
          client.get(calibrations + "?limit=2" + (next.isEmpty() ? "" : "&before=" + next));
      assertThat(page.status()).as(page.text()).isEqualTo(200);
      page.json().get("items").forEach(item -> listed.add(item.get("id").asString()));
      next = page.json().path("next").asString("");
      pages++;
    } while (!next.isEmpty());

    Collections.reverse(begun);
    assertThat(listed).containsExactlyElementsOf(begun);
    assertThat(pages).isEqualTo(3);
    Answer wrong = client.get(calibrations + "?before=yesterday");
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.text()).contains("before", "yesterday");
  }

  private static String begin(String calibrations) {
    Answer begun = client.post(calibrations, "{\"set\": \"night\"}");
    assertThat(begun.status()).as(begun.text()).isEqualTo(201);
    return begun.json().get("id").asString();
  }

  @Test
  void saysWhereACalibrationIsWhateverItsModelIsCalled() {
    for (String model : List.of("versions", "two%20words")) {
      String location =
          client
              .post("/v1/models/" + model + "/versions/1/calibrations", "{\"set\": \"night\"}")
              .header("Location");
      assertThat(location).startsWith("/v1/models/" + model + "/calibrations/");
      assertThat(client.get(location).status()).isEqualTo(200);
    }
  }

  @Test
  void listsModelsOnPages() {
    Answer first = client.get("/v1/models?limit=1");
    assertThat(first.json().get("items").get(0).get("model").asString()).isEqualTo("paged");
    assertThat(first.json().get("next").asString()).isEqualTo("paged");
    Answer second = client.get("/v1/models?limit=2&after=paged");
    assertThat(second.json().get("items").get(0).get("model").asString()).isEqualTo("two words");
    assertThat(second.json().get("items").get(1).get("model").asString()).isEqualTo("versions");
    assertThat(second.json().has("next")).isFalse();
  }

  /** Of a set that is watched and then deleted nothing is left to be away from. */
  @Test
  void tellsTheDriftOfOthersAfterAWatchedSetIsDeleted(@TempDir Path directory) {
    try (RunningService watching =
        RunningService.start(
            directory,
            TestDatabase.H2.url(directory),
            "--norma.drift.minimum-samples=2",
            "--norma.drift.sample-rate=1",
            "--norma.running-statistics.cache=0",
            "--norma.watch.budget=1")) {
      StatisticsClient watched = watching.client();
      LabelledNetwork network = new LabelledNetwork(3);
      String model = "/v1/models/m";
      watched.put(model + "/versions/1", network.bytes(), "application/octet-stream");
      watched.put(model + "/running-statistics/night", network.statistics());
      watched.put(model + "/active-running-statistics", "{\"set\": \"night\"}");
      await("something was watched")
          .atMost(Duration.ofMinutes(1))
          .pollInterval(Duration.ofMillis(10))
          .until(() -> {
            assertThat(watched.post("/v2/models/m/infer", network.batch()).status()).isEqualTo(200);
            return watched.get(model + "/drift").text().contains("symmetric_kl");
          });
      watched.post(model + "/active-running-statistics/rollback", "");
      assertThat(watched.delete(model + "/running-statistics/night").status()).isEqualTo(204);

      Answer drift = watched.get(model + "/drift");
      assertThat(drift.status()).as(drift.text()).isEqualTo(200);
      assertThat(drift.text()).doesNotContain("night");
    }
  }
}
