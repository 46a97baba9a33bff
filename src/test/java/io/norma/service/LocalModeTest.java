package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.context.WebApplicationContext;

/** Where nobody is asked who they are, nothing of Spring Security is in the way. */
final class LocalModeTest extends ServiceTest {
  @Autowired WebApplicationContext context;

  @Test
  void hasNoFilterForIt() {
    assertThat(context.getBeanNamesForType(SecurityFilterChain.class)).isEmpty();
    assertThat(context.getServletContext().getFilterRegistrations().keySet())
        .isNotEmpty()
        .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("security"));
  }

  @Test
  void passesOverKeysAndSaysAnonymous() {
    Exchange made =
        client.post(
            "/v1/keys",
            "{\"name\": \"local\", \"scopes\": [\"infer\"]}".getBytes(StandardCharsets.UTF_8),
            Map.of("X-API-Key", "wrong"));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    assertThat(made.header("Cache-Control")).isEqualTo("no-store");
    assertThat(made.json().path("created_by").asString()).isEqualTo("anonymous");
    String place = made.header("Location");
    assertThat(client.get(place).json().has("key")).isFalse();
    assertThat(client.delete(place).status()).isEqualTo(204);
    assertThat(client.get(place).json().path("revoked_by").asString()).isEqualTo("anonymous");
  }

  @Test
  void pagesThroughKeysInTheOrderInWhichTheyWereMade() {
    for (String name : new String[] {"page 1", "page 2", "page 3"}) {
      assertThat(
              client
                  .post("/v1/keys", "{\"name\": \"%s\", \"scopes\": [\"infer\"]}".formatted(name))
                  .status())
          .isEqualTo(201);
    }
    int seen = 0;
    String after = "";
    do {
      Exchange page = client.get("/v1/keys?limit=1&after=" + after);
      seen += page.json().path("items").size();
      after = page.json().path("next").asString("");
    } while (!after.isEmpty());
    assertThat(seen).isEqualTo(client.get("/v1/keys").json().path("items").size());
    client
        .get("/v1/keys")
        .json()
        .path("items")
        .forEach(key -> client.delete("/v1/keys/" + key.path("id").asString()));
  }

  @Test
  void namesTheFieldThatIsWrong() {
    assertField("{\"scopes\": [\"infer\"]}", "name");
    assertField("{\"name\": \"\", \"scopes\": [\"infer\"]}", "name");
    assertField("{\"name\": \"a:b\", \"scopes\": [\"infer\"]}", "name");
    assertField("{\"name\": \"admin-key\", \"scopes\": [\"infer\"]}", "name");
    assertField("{\"name\": \"a\", \"scopes\": []}", "scopes");
    assertField("{\"name\": \"a\", \"scopes\": [\"infer\"], \"models\": []}", "models");
    assertField("{\"name\": \"a\", \"scopes\": [\"infer\"], \"models\": [\"a,b\"]}", "models");
    assertField(
        "{\"name\": \"a\", \"scopes\": [\"infer\"], \"expires_at\": \"soon\"}", "expires_at");
    assertField(
        "{\"name\": \"a\", \"scopes\": [\"infer\"], \"expires_at\": \"2020-01-01T00:00:00Z\"}",
        "expires_at");
    assertThat(client.get("/v1/keys/none").status()).isEqualTo(404);
    assertThat(client.delete("/v1/keys/0123456789abcdef").status()).isEqualTo(404);
  }

  private void assertField(String body, String field) {
    Exchange refused = client.post("/v1/keys", body);
    assertThat(refused.status()).as(refused.text()).isEqualTo(400);
    assertThat(refused.json().path("fields").path(0).asString()).isEqualTo(field);
  }
}
