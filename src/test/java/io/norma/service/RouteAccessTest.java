package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.store.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/**
 * Every operation of the contract, asked by everybody: without a key, with one that is wrong, has
 * expired or was revoked, with each scope, and about a model that the key is not for. What must
 * come of it is read off the operation's {@code security}.
 */
final class RouteAccessTest {
  private static final String ADMIN =
      "the administrator's own key, in the settings".replace(' ', '-');
  private static final List<String> SCOPES = List.of("infer", "calibrate", "activate", "admin");
  private static final JsonNode CONTRACT = ExchangeValidator.get().document();

  /** Is there. */
  private static final String FORBIDDEN_MODEL = "digits";

  /** Is not there, nor is any other that a key is for. */
  private static final String MODEL = "resnet18";

  @TempDir private static Path directory;

  private static RunningService service;
  private static ServiceClient client;
  private static final Map<String, String> KEYS = new LinkedHashMap<>();

  @BeforeAll
  static void start() {
    service =
        RunningService.start(
            directory,
            TestDatabase.H2.url(directory),
            "--norma.security.mode=authenticated",
            "--norma.security.admin-key=" + ADMIN);
    client = new ServiceClient(port());
    Exchange uploaded =
        client.send(
            "PUT",
            "/v1/models/" + FORBIDDEN_MODEL + "/versions/1",
            Map.of("X-API-Key", ADMIN),
            ServiceTest.digitsModel());
    assertThat(uploaded.status()).as(uploaded.text()).isEqualTo(201);
    for (String scope : SCOPES) {
      KEYS.put(scope, made("{'name': '%s', 'scopes': ['%s']}".formatted(scope, scope)));
      KEYS.put(
          "bound " + scope,
          made(
              "{'name': 'bound %s', 'scopes': ['%s'], 'models': ['res*18', 'vgg*']}"
                  .formatted(scope, scope)));
    }
    KEYS.put("expired", expired());
    String revoked = made("{'name': 'revoked', 'scopes': ['admin']}");
    assertThat(
            client
                .send(
                    "DELETE",
                    "/v1/keys/" + revoked.split("_", -1)[1],
                    Map.of("X-API-Key", ADMIN),
                    null)
                .status())
        .isEqualTo(204);
    KEYS.put("revoked", revoked);
    KEYS.put("unknown", "norma_00000000000000ff_" + "0".repeat(64));
    String infer = KEYS.get("admin");
    KEYS.put("with another secret", infer.substring(0, infer.length() - 64) + "0".repeat(64));
    KEYS.put("cut off", infer.substring(0, infer.length() - 1));
    KEYS.put("of nothing", "");
    KEYS.put("almost the administrator's", ADMIN.substring(1));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static int port() {
    return service
        .context()
        .getEnvironment()
        .getRequiredProperty("local.server.port", Integer.class);
  }

  private static String made(String json) {
    Exchange made =
        client.send(
            "POST",
            "/v1/keys",
            Map.of("X-API-Key", ADMIN),
            json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    return made.json().path("key").asString();
  }

  /** A key that the service would not make. */
  private static String expired() {
    String text = "norma_00000000000000e0_" + "7".repeat(64);
    JdbcClient.create(service.context().getBean(DataSource.class))
        .sql(
            """
            insert into api_keys
              (id, name, name_in_use, sha256, scopes, models, created_at, created_by, expires_at)
            values ('00000000000000e0', 'expired', 'expired', ?, 'admin', '*', current_timestamp,
              'test', ?)
            """)
        .params(sha256(text), OffsetDateTime.parse("2020-01-01T00:00:00Z"))
        .update();
    return text;
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * An operation of the contract.
   *
   * @param needs scopes of which one is enough, any if it is empty; {@code null} where nobody is
   *     asked
   */
  private record Operation(String method, String template, @Nullable Set<String> needs) {
    boolean isOfModel() {
      return template.contains("{model}");
    }

    String path(String model) {
      return template
          .replace("{model}", model)
          .replace("{version}", "1")
          .replace("{revision}", "1")
          .replaceAll("\\{\\w+}", "none");
    }

    boolean isFor(String scope) {
      return needs == null || needs.isEmpty() || needs.contains(scope) || scope.equals("admin");
    }
  }

  private static List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    for (var path : CONTRACT.path("paths").properties()) {
      for (var operation : path.getValue().properties()) {
        JsonNode security = operation.getValue().path("security");
        assertThat(security.isArray()).as("%s %s", operation.getKey(), path.getKey()).isTrue();
        Map<String, Set<String>> byScheme = new LinkedHashMap<>();
        for (JsonNode alternative : security) {
          alternative
              .properties()
              .forEach(scheme -> {
                Set<String> scopes =
                    byScheme.computeIfAbsent(scheme.getKey(), _ -> new TreeSet<>());
                scheme.getValue().forEach(scope -> scopes.add(scope.asString()));
              });
        }
        if (!byScheme.isEmpty()) {
          // Whichever way a key is sent.
          assertThat(byScheme.keySet()).containsExactly("ApiKey", "Bearer");
          assertThat(byScheme.get("ApiKey")).isEqualTo(byScheme.get("Bearer"));
        }
        operations.add(
            new Operation(
                operation.getKey().toUpperCase(Locale.ROOT),
                path.getKey(),
                byScheme.isEmpty() ? null : byScheme.get("ApiKey")));
      }
    }
    assertThat(operations).hasSizeGreaterThan(80);
    return operations;
  }

  @TestFactory
  Stream<DynamicContainer> everyOperation() {
    return operations().stream()
        .map(operation ->
            DynamicContainer.dynamicContainer(
                operation.method() + " " + operation.template(),
                Stream.concat(refusals(operation), scopes(operation))));
  }

  private static Stream<DynamicTest> refusals(Operation operation) {
    Stream<DynamicTest> without =
        Stream.of(
            DynamicTest.dynamicTest("without a key", () -> requireUnknown(operation, Map.of(), "")),
            DynamicTest.dynamicTest(
                "with a password",
                () -> requireUnknown(operation, Map.of("Authorization", "Basic YTpi"), "")),
            DynamicTest.dynamicTest(
                "with a token of nobody",
                () ->
                    requireUnknown(
                        operation,
                        Map.of("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),
                        "the key is not known")));
    Map<String, String> reasons = new LinkedHashMap<>();
    reasons.put("unknown", "the key is not known");
    reasons.put("with another secret", "the key is not known");
    reasons.put("cut off", "the key is not known");
    reasons.put("of nothing", "the key is not known");
    reasons.put("almost the administrator's", "the key is not known");
    reasons.put("expired", "the key 'expired' expired at 2020-01-01T00:00:00Z");
    reasons.put("revoked", "the key 'revoked' was revoked at 20");
    return Stream.concat(
        without,
        reasons.entrySet().stream()
            .flatMap(reason ->
                headers(KEYS.get(reason.getKey())).stream()
                    // "Bearer" alone is no credential.
                    .filter(headers -> !headers.containsValue("Bearer "))
                    .map(headers ->
                        DynamicTest.dynamicTest(
                            reason.getKey() + " as " + headers.keySet(),
                            () -> requireUnknown(operation, headers, reason.getValue())))));
  }

  private static List<Map<String, String>> headers(String key) {
    return List.of(Map.of("X-API-Key", key), Map.of("Authorization", "Bearer " + key));
  }

  private static void requireUnknown(
      Operation operation, Map<String, String> headers, String reason) {
    Exchange exchange = ask(operation, MODEL, headers);
    if (operation.needs() == null) {
      assertThat(exchange.status()).isEqualTo(200);
      return;
    }
    assertThat(exchange.status()).as(exchange.text()).isEqualTo(401);
    String challenge = exchange.header("WWW-Authenticate");
    assertThat(challenge).startsWith("Bearer realm=\"norma\"");
    if (reason.isEmpty()) {
      assertThat(challenge).doesNotContain("error");
    } else {
      assertThat(challenge).contains("error=\"invalid_token\"");
      assertThat(ExchangeValidator.reason(exchange)).startsWith(reason);
    }
    // Nor does it tell whether there is a model.
    Exchange other = ask(operation, FORBIDDEN_MODEL, headers);
    assertThat(other.status()).isEqualTo(401);
    assertThat(ExchangeValidator.reason(other)).isEqualTo(ExchangeValidator.reason(exchange));
  }

  private static Stream<DynamicTest> scopes(Operation operation) {
    return SCOPES.stream()
        .flatMap(scope ->
            Stream.of(
                DynamicTest.dynamicTest("with " + scope, () -> requireByScope(operation, scope)),
                DynamicTest.dynamicTest(
                    "with " + scope + " for some models", () -> requireByModel(operation, scope))));
  }

  private static void requireByScope(Operation operation, String scope) {
    for (Map<String, String> headers : headers(KEYS.get(scope))) {
      requireByScope(operation, scope, ask(operation, MODEL, headers));
    }
  }

  private static void requireByScope(Operation operation, String scope, Exchange exchange) {
    if (operation.isFor(scope)) {
      assertThat(exchange.status()).as(exchange.text()).isNotIn(401, 403);
      return;
    }
    assertThat(exchange.status()).as(exchange.text()).isEqualTo(403);
    assertThat(exchange.header("WWW-Authenticate")).contains("error=\"insufficient_scope\"");
    assertThat(ExchangeValidator.reason(exchange))
        .startsWith("this needs scope ")
        .contains(operation.needs());
  }

  private static void requireByModel(Operation operation, String scope) {
    Map<String, String> headers = Map.of("X-API-Key", KEYS.get("bound " + scope));
    Exchange own = ask(operation, MODEL, headers);
    if (!operation.isFor(scope)) {
      requireByScope(operation, scope, own);
    } else if (operation.isOfModel()) {
      assertThat(own.status()).as(own.text()).isNotIn(401, 403);
      requireUnseen(ask(operation, FORBIDDEN_MODEL, headers), FORBIDDEN_MODEL);
      requireUnseen(ask(operation, "is-not-there", headers), "is-not-there");
    } else if (Set.of("admin").equals(operation.needs())) {
      assertThat(own.status()).as(own.text()).isEqualTo(403);
      assertThat(ExchangeValidator.reason(own)).startsWith("this concerns all models");
    } else {
      assertThat(own.status()).as(own.text()).isNotIn(401, 403);
      assertThat(operation.needs() != null && own.text().contains("\"" + FORBIDDEN_MODEL + "\""))
          .as(own.text())
          .isFalse();
    }
  }

  private static void requireUnseen(Exchange exchange, String model) {
    assertThat(exchange.status()).as(exchange.text()).isEqualTo(403);
    assertThat(ExchangeValidator.reason(exchange))
        .contains("is not for model '" + model + "': it is bound to [res*18, vgg*]");
  }

  private static Exchange ask(Operation operation, String model, Map<String, String> headers) {
    return client.send(
        operation.method(),
        operation.path(model),
        headers,
        operation.method().equals("GET") ? null : new byte[0]);
  }

  @Test
  void listsOnlyModelsThatTheKeyIsFor() {
    for (String path : List.of("/v1/models", "/v2/models/stats")) {
      assertThat(get(path, "infer").text()).contains("\"" + FORBIDDEN_MODEL + "\"");
    }
    Exchange index =
        client.send(
            "POST",
            "/v2/repository/index",
            Map.of("X-API-Key", KEYS.get("bound infer")),
            new byte[0]);
    assertThat(index.text()).isEqualTo("[]");
    assertThat(get("/v1/models", "bound infer").json().path("items").size()).isZero();
    assertThat(get("/v2/models/stats", "bound infer").json().path("model_stats").size()).isZero();
  }

  private static Exchange get(String path, String key) {
    return client.send("GET", path, Map.of("X-API-Key", KEYS.get(key)), null);
  }

  @Test
  void refusesToPublishAndActivateWithoutTheScopeToActivate() {
    String path = "/v1/models/" + FORBIDDEN_MODEL + "/calibrations/none/publish";
    byte[] body = "{\"activate\": true}".getBytes(StandardCharsets.UTF_8);
    Exchange refused = client.send("POST", path, Map.of("X-API-Key", KEYS.get("calibrate")), body);
    assertThat(refused.status()).isEqualTo(403);
    assertThat(ExchangeValidator.reason(refused)).contains("this needs scope activate");
    String both = made("{'name': 'both', 'scopes': ['calibrate', 'activate']}");
    assertThat(client.send("POST", path, Map.of("X-API-Key", both), body).status()).isEqualTo(404);
  }

  @Test
  void deniesWhatTheTableDoesNotName() throws Exception {
    // A route that somebody adds and forgets to name.
    service
        .context()
        .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
        .registerMapping(
            RequestMappingInfo.paths("/v1/forgotten").methods(RequestMethod.GET).build(),
            new Object() {
              @Override
              public String toString() {
                return "forgotten";
              }
            },
            Object.class.getMethod("toString"));
    assertThat(status("/v1/forgotten", "X-API-Key: " + ADMIN)).isEqualTo(404);
    for (String path :
        List.of("/v1/forgotten", "/error", "/%76%31/models", "/V1/models", "/v1/models/", "/")) {
      assertThat(status(path, "Accept: */*")).as(path).isEqualTo(401);
    }
    for (String path :
        List.of("/v1/models;a=b", "/v1//models", "/v1/./models", "/v2/../v1/models")) {
      assertThat(status(path, "Accept: */*")).as(path).isIn(400, 401);
    }
  }

  private static int status(String path, String header) throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      return http.unchecked("GET %s HTTP/1.1\nHost: localhost\n%s".formatted(path, header))
          .status();
    }
  }

  @Test
  void opensHealthAndNothingElseOfActuator() {
    for (String path : List.of("health", "health/liveness", "health/readiness")) {
      Exchange health = client.get("/actuator/" + path);
      assertThat(health.status()).isEqualTo(200);
      assertThat(health.text()).doesNotContain(FORBIDDEN_MODEL);
    }
    assertThat(get("/actuator/health/readiness", "admin").text()).contains(FORBIDDEN_MODEL);
    assertThat(get("/actuator/health/readiness", "bound admin").text())
        .doesNotContain(FORBIDDEN_MODEL);
    assertThat(client.get("/actuator/prometheus").status()).isEqualTo(401);
    assertThat(get("/actuator/prometheus", "infer").status()).isEqualTo(403);
    assertThat(get("/actuator/prometheus", "bound admin").status()).isEqualTo(403);
    assertThat(get("/actuator/prometheus", "admin").status()).isEqualTo(200);
  }

  @Test
  void makesNoSessionAndLeavesTagsAlone() {
    Exchange answer = get("/v1/models", "infer");
    assertThat(answer.header("Set-Cookie")).isEmpty();
    assertThat(answer.header("Cache-Control")).isEmpty();
    assertThat(answer.header("Pragma")).isEmpty();
  }

  @Test
  void answersToWhomTheAdministratorsKeyMadeKeys() {
    Exchange key = get("/v1/keys/" + KEYS.get("infer").split("_", -1)[1], "admin");
    assertThat(key.json().path("created_by").asString()).isEqualTo("admin-key");
    assertThat(key.json().has("key")).isFalse();
    assertThat(get("/v1/keys", "admin").text()).doesNotContain(KEYS.get("infer"));
  }
}
