package io.norma.following;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.norma.service.Digits;
import io.norma.service.StatisticsClient;
import io.norma.service.StatisticsClient.Answer;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
final class FollowingTest {
  private static final String INFER = "/v2/models/digits/infer";
  private static final String SETS = "/v1/models/digits/running-statistics/";

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
    registry.add("norma.following.models", () -> "digits");
    registry.add("norma.following.rows", () -> 128);
    registry.add("norma.following.alarm-rows", () -> 32);
    registry.add("norma.following.keep-revisions", () -> 2);
  }

  @LocalServerPort int port;
  private StatisticsClient client = new StatisticsClient(0);
  private final String camera = "camera-" + UUID.randomUUID();

  @BeforeEach
  void awaitReady() {
    client = new StatisticsClient(port).awaitReady();
  }

  @Test
  void getsStatisticsOfItsRowsAndGoesBackWhenTheyFitNoMore() {
    // It has 64 rows: two of them make a revision, and what comes then is too little for another.
    assertThat(used(infer("shifted/calibration.json"))).isEqualTo("default@1");
    infer("shifted/calibration.json");
    await().until(() -> followed().has("running_statistics"));
    assertThat(used(infer("shifted/test-1.json"))).isEqualTo("followed." + camera + "@1");
    JsonNode promoted = client.get(SETS + "followed." + camera).json();
    assertThat(promoted.get("source").asString()).startsWith("promoted shadow." + camera + "@1");
    assertThat(promoted.get("sha256"))
        .isEqualTo(client.get(SETS + "shadow." + camera + "/revisions/1").json().get("sha256"));
    assertThat(promoted.at("/certificate/verdict").asString()).isEqualTo("good");
    assertThat(followed().get("running_statistics").asString())
        .isEqualTo("followed." + camera + "@1");

    // At once by what others get, and for good when that was so often enough.
    assertThat(used(infer("clean/test-1.json"))).isEqualTo("default@1");
    await()
        .untilAsserted(() ->
            assertThat(client.get(SETS + "followed." + camera).json().get("source").asString())
                .startsWith("reset to default@1: of the last 32 rows"));
    await().until(() -> !followed().has("running_statistics"));
    String metrics = client.get("/actuator/prometheus").text();
    assertThat(metrics)
        .contains("norma_following_steps_total{", "step=\"promoted\"", "step=\"reset\"");
    assertThat(
            client.get("/v1/models/digits/active-running-statistics").json().get("set").asString())
        .isEqualTo("default");
  }

  @Test
  void getsWhatOthersGetOnceItsSetIsDeleted() {
    infer("shifted/calibration.json");
    infer("shifted/calibration.json");
    await().until(() -> followed().has("running_statistics"));
    assertThat(client.delete(SETS + "followed." + camera).status()).isEqualTo(204);
    assertThat(used(infer("three.json"))).isEqualTo("default@1");
    await().until(() -> !followed().has("running_statistics"));
  }

  @Test
  void keepsRevisionsOfPoorRowsInTheShadow() {
    // The same image again and again: one of the classes.
    for (int row = 0; row < 128; row++) {
      infer("eight.json");
    }
    await().until(() -> client.get(SETS + "shadow." + camera).status() == 200);
    await().until(() -> followed().get("gathered").asInt() == 0);
    assertThat(client.get(SETS + "shadow." + camera).json().at("/certificate/verdict").asString())
        .isNotEqualTo("good");
    assertThat(client.get(SETS + "followed." + camera).status()).isEqualTo(404);
    assertThat(used(infer("eight.json"))).isEqualTo("default@1");
  }

  @Test
  void keepsAsManyRevisionsAsItMay() {
    for (int made = 1; made <= 4; made++) {
      int newest = made;
      infer("shifted/calibration.json");
      infer("shifted/calibration.json");
      await().until(() -> revisions("shadow").path(0).path("revision").asInt() == newest);
    }
    await().until(() -> revisions("shadow").size() == 2);
    assertThat(revisions("followed").size()).isLessThanOrEqualTo(2);
  }

  private JsonNode revisions(String kind) {
    return client.get(SETS + kind + "." + camera + "/revisions").json().path("items");
  }

  @Test
  void leavesAloneWhatNamesNoClassOrSaysHowToNormalize() {
    String plain = Digits.request("shifted/test-1.json");
    for (int i = 0; i < 3; i++) {
      assertThat(used(client.post(INFER, plain))).isEqualTo("default@1");
      assertThat(used(send(Digits.request("shifted/test-1.json", "running_statistics", "default"))))
          .isEqualTo("default@1");
      assertThat(send(Digits.request("shifted/test-1.json", "normalization", "batch")).status())
          .isEqualTo(200);
    }
    assertThat(client.get("/v1/models/digits/following").text()).doesNotContain(camera);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".hidden", "a/b", "ä"})
  void refusesWhatIsNoName(String name) {
    Answer refused =
        client.post(INFER, Digits.request("shifted/test-1.json", "traffic_class", name));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text()).contains("parameters.traffic_class", "X-Traffic-Class");
  }

  private Answer infer(String name) {
    return send(Digits.request(name));
  }

  private Answer send(String request) {
    Answer answer = client.post(INFER, request, "X-Traffic-Class", camera);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer;
  }

  private static String used(Answer answer) {
    return answer.json().at("/parameters/running_statistics").asString();
  }

  private JsonNode followed() {
    for (JsonNode one : client.get("/v1/models/digits/following").json().get("classes")) {
      if (one.get("traffic_class").asString().equals(camera)) {
        return one;
      }
    }
    throw new AssertionError("class " + camera + " is not followed");
  }
}
