package io.norma.security.audit;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.norma.security.PrincipalByHeader;
import io.norma.service.Exchange;
import io.norma.service.ServiceClient;
import io.norma.service.ServiceTest;
import io.norma.store.AuditTrail;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who did it, from where and why: by the route, in the history, and in the log. */
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "server.forward-headers-strategy=framework",
      "norma.models.directory-poll=50ms",
      "norma.models.warm-up-at-most=1ms"
    })
@Import(PrincipalByHeader.class)
final class AuditTest {
  private static final Path DIRECTORY = temporary();
  private static final String ACTIVE = "/v1/models/digits/active-running-statistics";
  private static final String NIGHT = "/v1/models/digits/running-statistics/night";
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  @LocalServerPort private int port;
  private ServiceClient client = new ServiceClient(0);

  @DynamicPropertySource
  static void properties(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> DIRECTORY.resolve("data").toString());
    registry.add("norma.models.directory", () -> DIRECTORY.resolve("models").toString());
  }

  private static Path temporary() {
    try {
      Path directory = Files.createTempDirectory("norma-audit");
      Files.createDirectory(directory.resolve("models"));
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeEach
  void connect() {
    client = new ServiceClient(port);
    long patience = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (client.get("/v2/health/ready").status() != 200 && System.nanoTime() < patience) {
      LockSupport.parkNanos(10_000_000);
    }
  }

  @Test
  void tellsWhoFromWhereAndWhy() {
    load("ann");
    Exchange activated =
        put(
            "ann",
            "{\"set\":\"night\",\"reason\":\"new lamps\"}",
            Map.of(
                "X-Forwarded-For",
                "192.0.2.7",
                "traceparent",
                "00-" + TRACE + "-00f067aa0ba902b7-01"));
    assertThat(activated.json().path("activated_by").asString()).isEqualTo("ann");
    assertThat(activated.json().path("reason").asString()).isEqualTo("new lamps");
    Exchange back = post("bob", ACTIVE + "/rollback", "{\"reason\":\"worse on Sundays\"}");
    assertThat(back.json().path("reason").asString()).isEqualTo("worse on Sundays");

    JsonNode history = client.get(ACTIVE + "/history?limit=2").json().path("items");
    assertThat(history.path(0).path("activated_by").asString()).isEqualTo("bob");
    assertThat(history.path(0).path("reason").asString()).isEqualTo("worse on Sundays");
    assertThat(history.path(1).path("reason").asString()).isEqualTo("new lamps");
    assertThat(client.get(NIGHT).json().path("created_by").asString()).isEqualTo("ann");

    JsonNode made = newest("principal=ann&action=activated");
    assertThat(made.path("remote_address").asString()).isEqualTo("192.0.2.7");
    assertThat(made.path("trace_id").asString()).isEqualTo(TRACE);
    assertThat(made.path("model").asString()).isEqualTo("digits");
    assertThat(made.path("version").asString()).isEqualTo("1");
    assertThat(made.path("subject").asString()).isEqualTo("night");
    assertThat(made.path("reason").asString()).isEqualTo("new lamps");
    assertThat(made.at("/before/running_statistics").asString()).isEqualTo("default@1");
    assertThat(made.at("/after/running_statistics").asString()).startsWith("night@");
    assertThat(made.at("/after/sha256").asString())
        .isEqualTo(client.get(NIGHT).json().path("sha256").asString());
    assertThat(newest("principal=bob").path("action").asString()).isEqualTo("rolled_back");
  }

  @Test
  void tellsTheSharesOfASplit() {
    load("ann");
    put(
        "ann",
        "{\"split\":[{\"set\":\"default\",\"weight\":90},{\"set\":\"night\",\"weight\":10}],"
            + "\"reason\":\"a tenth\"}",
        Map.of());
    JsonNode made = newest("action=split");
    assertThat(made.path("reason").asString()).isEqualTo("a tenth");
    assertThat(made.at("/after/split/1/weight").asInt()).isEqualTo(10);
    assertThat(made.at("/after/split/1/running_statistics").asString()).startsWith("night@");
    post("ann", ACTIVE + "/rollback", "");
    assertThat(newest("principal=ann").has("reason")).isFalse();
  }

  @Test
  void listsPagesOfWhatWasAskedFor() {
    for (String name : List.of("a", "b", "c")) {
      client.send(
          "PUT",
          "/v1/normalizers/" + name,
          Map.of(PrincipalByHeader.NAME, "pager"),
          bytes("{\"channels\":1,\"cumulative\":true}"));
    }
    JsonNode first = client.get("/v1/audit?principal=pager&limit=2").json();
    assertThat(subjects(first)).containsExactly("c", "b");
    String next = first.path("next").asString();
    JsonNode second = client.get("/v1/audit?principal=pager&limit=2&before=" + next).json();
    assertThat(subjects(second)).containsExactly("a");
    assertThat(second.has("next")).isFalse();

    String at = first.at("/items/1/at").asString();
    assertThat(subjects(client.get("/v1/audit?principal=pager&since=" + at).json()))
        .containsExactly("c", "b");
    assertThat(subjects(client.get("/v1/audit?principal=pager&until=" + at).json()))
        .containsExactly("a");
    String withoutColon = at.replace("Z", "%2B0000");
    assertThat(subjects(client.get("/v1/audit?principal=pager&until=" + withoutColon).json()))
        .containsExactly("a");
    assertThat(client.get("/v1/audit?model=nobody-knows-it").json().path("items")).isEmpty();
  }

  private static List<String> subjects(JsonNode page) {
    return StreamSupport.stream(page.path("items").spliterator(), false)
        .map(made -> made.path("subject").asString())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "since=yesterday, since",
    "until=2026-11-27T08:00:00, until",
    "action=ACTIVATED, action",
    "action=nonsense, action",
    "limit=0, limit",
    "limit=1001, limit",
    "before=0, before",
    "who=ann, who"
  })
  void refusesWhatCannotBeAskedFor(String query, String field) {
    Exchange refused = client.get("/v1/audit?" + query);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().at("/fields/0").asString()).isEqualTo(field);
  }

  @Test
  void refusesAReasonThatIsTooLong() {
    load("ann");
    String longest = "x".repeat(500);
    Exchange refused = put("ann", "{\"set\":\"night\",\"reason\":\"" + longest + "x\"}", Map.of());
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().at("/fields/0").asString()).isEqualTo("reason");
    assertThat(refused.json().path("detail").asString()).contains("500", "501");
    assertThat(put("ann", "{\"set\":\"night\",\"reason\":\"a\\u0000b\"}", Map.of()).status())
        .isEqualTo(400);

    Exchange taken = put("ann", "{\"set\":\"night\",\"reason\":\"" + longest + "\"}", Map.of());
    assertThat(taken.json().path("reason").asString()).isEqualTo(longest);
    assertThat(post("ann", ACTIVE + "/rollback", "{\"reason\":\" \"}").json().has("reason"))
        .isFalse();
    assertThat(post("ann", ACTIVE + "/rollback", "{\"why\":\"no\"}").status()).isEqualTo(400);
  }

  @Test
  void tellsNothingOfWhatWasRefused() {
    put("eve", "{\"set\":\"is-not-there\"}", Map.of());
    post("eve", "/v2/repository/models/is-not-there/load", "{}");
    post("eve", "/v2/repository/models/is-not-there/unload", "{}");
    assertThat(client.get("/v1/audit?principal=eve").json().path("items")).isEmpty();
  }

  @Test
  void tellsOfFilesThatWereFollowed() throws IOException {
    Path version = Files.createDirectories(DIRECTORY.resolve("models/followed/1"));
    Path file = version.resolve("model.onnx");
    Files.write(file, ServiceTest.digitsModel());
    JsonNode appeared = await("principal=directory-poll&model=followed", "after");
    assertThat(appeared.path("action").asString()).isEqualTo("model_followed");
    assertThat(appeared.path("version").asString()).isEqualTo("1");
    assertThat(appeared.has("before")).isFalse();
    assertThat(appeared.has("remote_address")).isFalse();

    Files.delete(file);
    Files.delete(version);
    JsonNode gone = await("principal=directory-poll&model=followed", "before");
    assertThat(gone.at("/before/sha256")).isEqualTo(appeared.at("/after/sha256"));
    assertThat(gone.has("after")).isFalse();
  }

  private JsonNode await(String query, String member) {
    long patience = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    JsonNode newest = newest(query);
    while (!newest.has(member) && System.nanoTime() < patience) {
      LockSupport.parkNanos(10_000_000);
      newest = newest(query);
    }
    return newest;
  }

  @Test
  void writesALineOfJsonForEachChange() {
    Logger logger = (Logger) LoggerFactory.getLogger(AuditTrail.LOG_NAME);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      load("reader of \"logs\"");
    } finally {
      logger.detachAppender(lines);
    }
    assertThat(lines.list).hasSize(1);
    String line = lines.list.getFirst().getFormattedMessage();
    assertThat(line).doesNotContain("\n");
    JsonNode told = new JsonMapper().readTree(line);
    JsonNode made = newest("model=digits");
    for (String field : List.of("at", "principal", "remote_address", "model", "version", "after")) {
      assertThat(told.path(field)).as(field).isEqualTo(made.path(field));
    }
  }

  private void load(String by) {
    Exchange loaded =
        client.send(
            "PUT",
            NIGHT,
            Map.of("Content-Type", "application/json", PrincipalByHeader.NAME, by),
            ServiceTest.example("shifted/running-statistics.json"));
    assertThat(loaded.status()).as(loaded.text()).isEqualTo(201);
  }

  private Exchange put(String by, String body, Map<String, String> headers) {
    Map<String, String> all = new HashMap<>(headers);
    all.put(PrincipalByHeader.NAME, by);
    return client.send("PUT", ACTIVE, all, bytes(body));
  }

  private Exchange post(String by, String path, String body) {
    return client.post(path, bytes(body), Map.of(PrincipalByHeader.NAME, by));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private JsonNode newest(String query) {
    return client.get("/v1/audit?limit=1&" + query).json().at("/items/0");
  }
}
