package io.norma.security.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.RunningService;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as browsers send them, byte by byte, to services that are local and that are open. */
final class BrowserGuardTest {
  private static final List<String> CHANGES =
      List.of(
          "POST /v2/repository/models/rows/unload",
          "POST /v2/repository/models/rows/load",
          "POST /v1/models/rows/active-running-statistics/rollback",
          "DELETE /v1/models/rows/versions/1",
          "POST /v2/models/rows/infer");

  @TempDir static Path directory;

  private static RunningService local;
  private static RunningService open;

  @BeforeAll
  static void start() {
    local = RunningService.start(directory.resolve("local"), "jdbc:h2:mem:local;DB_CLOSE_DELAY=-1");
    open =
        RunningService.start(
            directory.resolve("open"),
            "jdbc:h2:mem:open;DB_CLOSE_DELAY=-1",
            "--norma.security.mode=open",
            "--norma.security.allowed-hosts=norma.example.org,localhost",
            "--norma.security.allowed-origins=https://console.example.org");
  }

  @AfterAll
  static void stop() {
    local.close();
    open.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost:PORT", "127.0.0.1:PORT", "LOCALHOST", "[::1]:PORT", "a.localhost"})
  void answersUnderTheNamesOfThisMachine(String host) throws IOException {
    assertThat(status(local, "GET /v2", "Host: " + host)).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evil.example:PORT", "localhost.evil.example", "192.0.2.1:PORT", "128.0.0.1"})
  void refusesOtherNames(String host) throws IOException {
    for (String change : CHANGES) {
      assertThat(status(local, change, "Host: " + host)).as(change).isEqualTo(403);
    }
    assertThat(answer(local, "GET /v2", "Host: " + host)).contains("norma.security.allowed-hosts");
    assertThat(status(local, "GET /v2/health/live", "Host: " + host)).isEqualTo(200);
  }

  @Test
  void answersUnderNamesThatWereAllowed() throws IOException {
    assertThat(status(open, "GET /v2", "Host: norma.example.org")).isEqualTo(200);
    assertThat(status(open, "GET /v2", "Host: other.example.org")).isEqualTo(403);
  }

  @Test
  void answersOldProgramsThatNameNoHost() throws IOException {
    assertThat(answer(local, "GET /v2").lines().findFirst().orElseThrow()).contains(" 200");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: https://evil.example",
        "Origin: http://localhost:1",
        "Origin: http://localhost",
        "Origin: null",
        "Origin: http://localhost:PORT.evil.example",
        "Origin: ",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors",
        "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate"
      })
  void refusesWhatPagesOfOthersSend(String headers) throws IOException {
    for (RunningService service : List.of(local, open)) {
      for (String change : CHANGES) {
        assertThat(status(service, change, "Host: localhost:PORT\n" + headers))
            .as(change)
            .isEqualTo(403);
      }
    }
  }

  @Test
  void followsLinksOfOtherSites() throws IOException {
    assertThat(
            status(
                local,
                "GET /docs",
                "Host: localhost:PORT\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate"))
        .isEqualTo(200);
  }

  @Test
  void answersItsOwnPages() throws IOException {
    String own = "Host: localhost:PORT\nOrigin: http://localhost:PORT\nSec-Fetch-Site: same-origin";
    assertThat(status(local, "POST /v2/repository/index", own)).isEqualTo(200);
    // Behind a proxy that ends TLS the page's port is another.
    assertThat(
            status(
                open,
                "POST /v2/repository/index",
                "Host: norma.example.org\nOrigin: https://norma.example.org"))
        .isEqualTo(200);
  }

  @Test
  void answersPagesThatWereAllowed() throws IOException {
    String page = "Host: localhost:PORT\nOrigin: https://console.example.org";
    assertThat(answer(open, "GET /v2", page + "\nSec-Fetch-Site: cross-site"))
        .contains(" 200")
        .containsIgnoringCase("Access-Control-Allow-Origin: https://console.example.org");
    assertThat(
            answer(
                open,
                "OPTIONS /v1/models/rows/versions/1",
                page
                    + "\nAccess-Control-Request-Method: DELETE"
                    + "\nAccess-Control-Request-Headers: x-api-key"))
        .contains(" 200")
        .containsIgnoringCase("Access-Control-Allow-Methods: DELETE");
  }

  @Test
  void allowsNoPageUnlessToldTo() throws IOException {
    assertThat(
            answer(
                local,
                "OPTIONS /v1/models/rows/versions/1",
                "Host: localhost:PORT\nOrigin: https://console.example.org"
                    + "\nAccess-Control-Request-Method: DELETE"))
        .contains(" 403")
        .doesNotContainIgnoringCase("Access-Control-Allow");
  }

  @Test
  void keepsBrowsersFromGuessingTypes() throws IOException {
    assertThat(answer(local, "GET /docs", "Host: localhost:PORT"))
        .containsIgnoringCase("X-Content-Type-Options: nosniff")
        .containsIgnoringCase("Content-Security-Policy: default-src 'none'")
        .contains("frame-ancestors 'none'");
  }

  private static int status(RunningService service, String request, String headers)
      throws IOException {
    return Integer.parseInt(answer(service, request, headers).split(" ", 3)[1]);
  }

  /** The whole answer; the connection is used once. */
  private static String answer(RunningService service, String request, String... headers)
      throws IOException {
    int port =
        service.context().getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    String head =
        String.join("\n", headers).replace("PORT", Integer.toString(port)).replace("\n", "\r\n");
    String version = headers.length == 0 ? "HTTP/1.0" : "HTTP/1.1";
    String whole =
        String.format(
            Locale.ROOT,
            "%s %s\r\n%s%sContent-Length: 0\r\nConnection: close\r\n\r\n",
            request,
            version,
            head,
            head.isEmpty() ? "" : "\r\n");
    try (Socket socket = new Socket("localhost", port)) {
      socket.getOutputStream().write(whole.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
