package io.norma.http.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.statistics.Estimator;
import io.norma.serving.ServingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StrictJsonTest {
  record Body(
      @Nullable String name,
      @Nullable Integer count,
      @Nullable Long samples,
      @Nullable Double weight,
      @Nullable Boolean activate,
      @Nullable Estimator estimatorKind,
      float @Nullable [] mean,
      @Nullable LinkedHashMap<String, Body> layers) {}

  @Test
  void readsWhatTheRecordHas() {
    Body body =
        read(
            """
            {"name": "n", "count": 3.0, "samples": 1e3, "weight": "NaN", "activate": true,
             "estimator_kind": "mean_of_batches", "mean": [1, 2.5], "layers": {"a.b": {"count": 1}}}
            """);
    assertThat(body.name()).isEqualTo("n");
    assertThat(body.count()).isEqualTo(3);
    assertThat(body.samples()).isEqualTo(1000);
    assertThat(body.weight()).isNaN();
    assertThat(body.activate()).isTrue();
    assertThat(body.estimatorKind()).isEqualTo(Estimator.MEAN_OF_BATCHES);
    assertThat(body.mean()).containsExactly(1, 2.5f);
    assertThat(body.layers()).containsOnlyKeys("a.b");
  }

  @Test
  void takesNullForNothing() {
    assertThat(read("{\"name\": null, \"count\": null}")).isEqualTo(read("{}"));
  }

  @ParameterizedTest
  @CsvSource({"9007199254740993", "9223372036854775807", "-9223372036854775808"})
  void keepsLargeIntegersToTheLastDigit(long samples) {
    assertThat(read("{\"samples\": " + samples + "}").samples()).isEqualTo(samples);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"name\": 1} | name | 'name' must be text, but is 1",
        "{\"count\": \"3\"} | count | 'count' must be a number, but is \"3\"",
        "{\"count\": 3.5} | count | 'count' must be an integer, but is 3.5",
        "{\"count\": 2147483648} | count | must be an integer from -2147483648 to 2147483647",
        "{\"samples\": 9223372036854775808} | samples | to 9223372036854775807, but is",
        "{\"samples\": 1e19} | samples | to 9223372036854775807, but is 1e19",
        "{\"activate\": 1} | activate | 'activate' must be true or false, but is 1",
        "{\"activate\": \"true\"} | activate | must be true or false",
        "{\"estimator_kind\": \"POOLED\"} | estimator_kind | must be one of [pooled,",
        "{\"mean\": 1} | mean | 'mean' must be an array, but is 1",
        "{\"mean\": [1, \"2\"]} | mean[1] | 'mean[1]' must be a finite number, but is \"2\"",
        "{\"mean\": [1e39]} | mean[0] | must be a finite float32",
        "{\"layers\": 1} | layers | 'layers' must be an object, but is 1",
        "{\"layers\": {\"a\": 1}} | layers.a | 'layers.a' must be an object, but is 1",
        "{\"layers\": {\"a\": {\"nam\": 1}}} | layers.a.nam | did you mean 'name'?",
        "{\"layers\": {\"a\": {}, \"a\": {}}} | layers.a | 'layers.a' is there twice",
        "{\"nam\": \"x\"} | nam | 'nam' is no field of this request; did you mean 'name'?",
        "{\"name\": \"x\", \"name\": \"x\"} | name | 'name' is there twice"
      })
  void refusesByTheNameOfTheField(String json, String field, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOfSatisfying(
            ServingException.InvalidField.class, e -> assertThat(e.field()).isEqualTo(field))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[] | the request must be an object, but is an array",
        "{} {} | something follows the request JSON",
        "{\"name\": \"x\" | failed to parse the request JSON",
        "{'name': 1} | failed to parse the request JSON"
      })
  void refusesWhatIsNoObject(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(ServingException.Invalid.class)
        .hasMessageContaining(message);
  }

  private static Body read(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return StrictJson.read(bytes, bytes.length, Body.class);
  }
}
