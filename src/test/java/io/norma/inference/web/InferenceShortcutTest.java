package io.norma.inference.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.Exchange;
import io.norma.service.ServiceTest;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes past the search for routes is answered as what is found by it. */
final class InferenceShortcutTest extends ServiceTest {
  private Exchange ask(String path) {
    return client.post(path, example("three.json"), Map.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/models/digits/infer",
        "/v2/models/digits/versions/1/infer",
        "/v2/models/d%69gits/infer",
        "/v2/models/digits;a=b/infer"
      })
  void answersBothRoutesHoweverTheyAreWritten(String path) {
    assertThat(ask(path).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/models/digits/infer/",
        "/v2/models//infer",
        "/v2/models/digits/versions/1/infer/1"
      })
  void leavesWhatIsNoRouteToWhoRefusesIt(String path) {
    Exchange answer = ask(path);
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.json().path("error").asString()).isNotEmpty();
  }

  @Test
  void refusesOtherMethodsWithTheOneThatThereIs() {
    Exchange answer = client.get("/v2/models/digits/infer");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).isEqualTo("POST");
  }

  @Test
  void isCountedUnderItsRouteNotUnderItsPath() {
    ask("/v2/models/digits/infer");
    assertThat(client.get("/actuator/prometheus").text())
        .containsPattern(
            "http_server_requests_seconds_count\\{[^}]*uri=\"/v2/models/\\{model}/infer\"")
        .doesNotContain("uri=\"/v2/models/digits/infer\"");
  }
}
