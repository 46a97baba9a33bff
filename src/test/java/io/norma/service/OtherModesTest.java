package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.store.TestDatabase;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
final class OtherModesTest {
  @TempDir Path directory;

  private static ServiceClient client(RunningService service, String port) {
    return new ServiceClient(
        service.context().getEnvironment().getRequiredProperty(port, Integer.class));
  }

  /** Or anybody could leave a key for the day on which it counts. */
  @Test
  void opensAllButTheMakingOfKeys() {
    try (RunningService service =
        RunningService.start(
            directory, TestDatabase.H2.url(directory), "--norma.security.mode=open")) {
      ServiceClient client = client(service, "local.server.port");
      assertThat(client.get("/v1/models").status()).isEqualTo(200);
      Exchange refused = client.post("/v1/keys", "{\"name\": \"a\", \"scopes\": [\"admin\"]}");
      assertThat(refused.status()).isEqualTo(409);
      assertThat(ExchangeValidator.reason(refused)).contains("java -jar norma.jar keys create");
      assertThat(client.delete("/v1/keys/0123456789abcdef").status()).isEqualTo(409);
      assertThat(client.get("/v1/keys").json().path("items").size()).isZero();
    }
  }

  @Test
  void saysHowToMakeTheFirstKeyAndAsksNobodyAtActuatorsOwnPort(CapturedOutput output) {
    try (RunningService service =
        RunningService.start(
            directory,
            TestDatabase.H2.url(directory),
            "--norma.security.mode=authenticated",
            "--management.server.port=0")) {
      assertThat(output.getAll())
          .contains("java -jar norma.jar keys create --name=admin --scopes=admin")
          .doesNotContain("generated security password");
      ServiceClient management = client(service, "local.management.port");
      assertThat(management.get("/actuator/prometheus").status()).isEqualTo(200);
      ServiceClient client = client(service, "local.server.port");
      assertThat(client.send("GET", "/v1/models", Map.of(), null).status()).isEqualTo(401);
      assertThat(client.get("/actuator/prometheus").status()).isEqualTo(401);
    }
  }
}
