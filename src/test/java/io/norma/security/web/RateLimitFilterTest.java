package io.norma.security.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.security.PrincipalByHeader;
import io.norma.service.Exchange;
import io.norma.service.ServiceClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/**
 * The limit as callers meet it. A second passes while they ask, and with it comes one more request:
 * far less than they send.
 */
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "norma.security.requests-per-second=1",
      "norma.security.burst=20",
      "norma.models.warm-up-at-most=1ms"
    })
@Import(PrincipalByHeader.class)
final class RateLimitFilterTest {
  private static final Path DIRECTORY = temporary();
  private static final int MANY = 500;

  @LocalServerPort private int port;
  private ServiceClient client = new ServiceClient(0);

  @DynamicPropertySource
  static void properties(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", DIRECTORY::toString);
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("norma-limit");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeEach
  void connect() {
    client = new ServiceClient(port);
  }

  @Test
  void answersWhatIsTooMuchWithTheFormOfEachProtocol() {
    Exchange problem = untilLimited("ann", "/v1/models");
    assertThat(problem.header("Retry-After")).isEqualTo("1");
    assertThat(problem.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(problem.json().path("detail").asString())
        .contains("principal 'ann'", "norma.security.requests-per-second");

    Exchange error = untilLimited("ann", "/v2");
    assertThat(error.header("Retry-After")).isEqualTo("1");
    assertThat(error.json().path("error").asString())
        .contains("norma.security.requests-per-second");
    assertThat(error.json().propertyNames()).containsExactly("error");
  }

  @Test
  void countsThoseWhoHaveNoNameByTheirAddress() {
    untilLimited("bob", "/v1/models");
    assertThat(ask("cay", "/v1/models").status()).isEqualTo(200);
    Exchange limited = untilLimited(null, "/v1/models");
    assertThat(limited.json().path("detail").asString()).containsPattern("address (127|0:0|::1)");
    assertThat(ask("dee", "/v1/models").status()).isEqualTo(200);
    assertThat(ask("address 127.0.0.1", "/v1/models").status()).isEqualTo(200);
  }

  @Test
  void neverLimitsHealthAndMetrics() {
    untilLimited("eve", "/v1/models");
    for (int i = 0; i < 50; i++) {
      for (String path :
          new String[] {
            "/v2/health/live",
            "/actuator/health/liveness",
            "/actuator/health",
            "/actuator/prometheus"
          }) {
        assertThat(ask("eve", path).status()).as(path).isNotEqualTo(429);
      }
    }
    assertThat(ask("eve", "/v2/models/digits/ready").status()).isNotEqualTo(429);
    Matcher counted =
        Pattern.compile("(?m)^norma_requests_limited_total(\\{.*})? (\\S+)$")
            .matcher(ask("eve", "/actuator/prometheus").text());
    assertThat(counted.find()).isTrue();
    assertThat(Double.parseDouble(counted.group(2))).isPositive();
  }

  private Exchange untilLimited(@Nullable String principal, String path) {
    for (int i = 0; i < MANY; i++) {
      Exchange answer = ask(principal, path);
      if (answer.status() == 429) {
        return answer;
      }
      assertThat(answer.status()).isEqualTo(200);
    }
    throw new AssertionError("never limited");
  }

  private Exchange ask(@Nullable String principal, String path) {
    return client.send(
        "GET",
        path,
        principal == null ? Map.of() : Map.of(PrincipalByHeader.NAME, principal),
        null);
  }
}
