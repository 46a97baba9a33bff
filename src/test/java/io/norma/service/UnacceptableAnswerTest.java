package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;

/** Whoever takes no JSON is refused before anything is changed, on every route of the contract. */
final class UnacceptableAnswerTest extends ServiceTest {
  private static final Set<String> CHANGES = Set.of("put", "post", "delete");
  private static final Map<String, String> HTML =
      Map.of("Accept", "text/html", "Content-Type", "application/json");

  /** They answer in the form that Accept prefers, and in JSON whatever it says. */
  private static final Pattern ANSWERED = Pattern.compile("/v2/models/.*|/v1/normaliz.*");

  @Autowired private JdbcTemplate statements;

  @TestFactory
  List<DynamicTest> isRefusedBeforeTheBodyIsLookedAt() {
    List<DynamicTest> tests = new ArrayList<>();
    for (var path : ExchangeValidator.get().document().path("paths").properties()) {
      for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
        if (CHANGES.contains(operation.getKey())
            && !ANSWERED.matcher(path.getKey()).matches()
            && answersInAForm(operation.getValue())) {
          tests.add(
              DynamicTest.dynamicTest(
                  operation.getKey() + " " + path.getKey(),
                  () -> refuses(operation.getKey(), path.getKey())));
        }
      }
    }
    assertThat(tests).hasSizeGreaterThan(15);
    return tests;
  }

  private void refuses(String method, String path) {
    String address = path.replace("{model}", "digits").replaceAll("\\{(version|revision)}", "1");
    long before = changes();
    Exchange refused =
        client.send(
            method.toUpperCase(Locale.ROOT),
            address.replaceAll("\\{\\w+}", "x"),
            HTML,
            method.equals("delete") ? null : new byte[] {'{'});
    assertThat(refused.status()).as(refused.text()).isEqualTo(406);
    assertThat(changes()).isEqualTo(before);
  }

  @Test
  void makesNoChangeThatWasRefused() {
    String sets = "/v1/models/digits/running-statistics/refused";
    byte[] statistics = example("shifted/running-statistics.json");
    long before = changes();
    assertThat(client.send("PUT", sets, HTML, statistics).status()).isEqualTo(406);
    assertThat(client.get(sets).status()).isEqualTo(404);
    Map<String, String> unreadable = Map.of("Accept", "json", "Content-Type", "application/json");
    assertThat(client.send("PUT", sets, unreadable, statistics).status()).isEqualTo(406);
    assertThat(changes()).isEqualTo(before);
    Map<String, String> last =
        Map.of("Accept", "text/html, */*;q=0.1", "Content-Type", "application/json");
    assertThat(client.send("PUT", sets, last, statistics).status()).isEqualTo(201);
    assertThat(changes()).isEqualTo(before + 1);
    assertThat(client.send("DELETE", sets, HTML, null).status())
        .as("it answers nothing")
        .isEqualTo(204);
  }

  private static boolean answersInAForm(JsonNode operation) {
    return operation.path("responses").properties().stream()
        .filter(response -> response.getKey().startsWith("2"))
        .anyMatch(response -> ExchangeValidator.get().resolved(response.getValue()).has("content"));
  }

  private long changes() {
    Long changes = statements.queryForObject("select writes from change_counter", Long.class);
    return changes == null ? -1 : changes;
  }
}
