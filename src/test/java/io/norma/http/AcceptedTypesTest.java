package io.norma.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.Exchange;
import io.norma.service.ServiceTest;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * JSON is sent as application/json, or not at all: under another name it would be another thing.
 */
final class AcceptedTypesTest extends ServiceTest {
  private Exchange get(String path, String accepted) {
    return client.send("GET", path, Map.of("Accept", accepted), null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/problem+json",
        "application/vnd.x+json",
        "application/yaml",
        "text/html"
      })
  void refusesWhatTheAnswerIsNot(String accepted) {
    for (String path : new String[] {"/v1/models", "/v2/models/digits/stats"}) {
      Exchange refused = get(path, accepted);
      assertThat(refused.status()).as(refused.text()).isEqualTo(406);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/problem+json, application/json;q=0.1",
        "application/*",
        "*/*;q=0.1",
        "application/yaml, */*"
      })
  void sendsJsonAsJson(String accepted) {
    for (String path : new String[] {"/v1/models", "/v2/models/digits/stats"}) {
      Exchange answer = get(path, accepted);
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    }
  }
}
