package io.norma.security.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.Exchange;
import io.norma.service.ServiceTest;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a page of others can send without asking first is not what changes anything. */
final class BodyTypesTest extends ServiceTest {
  private static final String CALIBRATIONS = "/v1/models/digits/calibrations";
  private static final byte[] BODY = "{\"set\": \"typed\"}".getBytes(UTF_8);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-Urlencoded; charset=utf-8",
        "text/plain",
        "text/plain;charset=UTF-8",
        "multipart/form-data; boundary=x",
        "text/html",
        "nonsense"
      })
  void refusesBodiesThatAFormSends(String type) {
    Exchange answer = client.send("POST", CALIBRATIONS, Map.of("Content-Type", type), BODY);
    assertThat(answer.status()).isEqualTo(415);
    assertThat(answer.text()).contains(type, "application/json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", ""})
  void takesJson(String type) {
    Map<String, String> headers = type.isEmpty() ? Map.of() : Map.of("Content-Type", type);
    Exchange begun = client.send("POST", CALIBRATIONS, headers, BODY);
    assertThat(begun.status()).isEqualTo(201);
    client.delete(CALIBRATIONS + "/" + begun.json().get("id").asString());
  }
}
