package io.norma.security.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.Exchange;
import io.norma.service.ExchangeValidator;
import io.norma.service.RunningService;
import io.norma.service.ServiceClient;
import io.norma.store.TestDatabase;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service starts without its issuer, and takes keys while that does not answer. */
final class UnreachableIssuerTest {
  private static final String ADMIN = "0123456789abcdef0123456789abcdef";

  @TempDir Path directory;

  @Test
  void takesKeysAndSaysThatTokensCannotBeChecked() {
    try (RunningService service =
        RunningService.start(
            directory,
            TestDatabase.H2.url(directory),
            "--norma.security.mode=authenticated",
            "--norma.security.admin-key=" + ADMIN,
            "--spring.security.oauth2.resourceserver.jwt.issuer-uri=http://localhost:1")) {
      ServiceClient client =
          new ServiceClient(
              service
                  .context()
                  .getEnvironment()
                  .getRequiredProperty("local.server.port", Integer.class));
      assertThat(client.send("GET", "/v1/models", Map.of("X-API-Key", ADMIN), null).status())
          .isEqualTo(200);
      Exchange token =
          client.send(
              "GET",
              "/v1/models",
              Map.of("Authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA"),
              null);
      assertThat(token.status()).as(token.text()).isEqualTo(503);
      assertThat(token.header("Retry-After")).isEqualTo("1");
      assertThat(ExchangeValidator.reason(token)).contains("cannot be found out");
    }
  }
}
