package io.norma.security.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.Exchange;
import io.norma.service.ServiceClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Somebody who tries keys, beside somebody at the same address who has one. */
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "norma.security.mode=authenticated",
      "norma.security.admin-key=0123456789abcdef0123456789abcdef",
      "norma.security.requests-per-second=1",
      "norma.security.burst=20",
      "norma.models.warm-up-at-most=1ms"
    })
final class WrongKeysTest {
  private static final int MANY = 500;

  @TempDir static Path directory;

  @LocalServerPort private int port;

  @DynamicPropertySource
  static void properties(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", directory::toString);
  }

  @Test
  void areCountedForTheirAddressAlone() {
    for (Map<String, String> headers :
        List.of(Map.of("X-API-Key", "f".repeat(32)), Map.<String, String>of())) {
      Exchange limited = untilLimited(headers);
      assertThat(limited.header("Retry-After")).isEqualTo("1");
      assertThat(limited.json().path("detail").asString()).containsPattern("address (127|0:0|::1)");
    }
    assertThat(ask("/v1/models", Map.of("X-API-Key", "0123456789abcdef0123456789abcdef")).status())
        .isEqualTo(200);
    assertThat(ask("/v2/health/live", Map.of("X-API-Key", "f".repeat(32))).status()).isEqualTo(200);
  }

  private Exchange untilLimited(Map<String, String> headers) {
    for (int i = 0; i < MANY; i++) {
      Exchange answer = ask("/v1/models", headers);
      if (answer.status() == 429) {
        return answer;
      }
      assertThat(answer.status()).isEqualTo(401);
    }
    throw new AssertionError("never limited");
  }

  private Exchange ask(String path, Map<String, String> headers) {
    return new ServiceClient(port).send("GET", path, headers, null);
  }
}
