package io.norma.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.admission.AdmissionSettings;
import io.norma.admission.Turn;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ModelConfig;
import io.norma.serving.ModelConfig.Batching;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A model's own words about priorities and waiting, beside those about all models. */
final class OwnSettingsTest {
  private final RequestTurns turns =
      new RequestTurns(
          new AdmissionSettings.Inference(
              1024,
              10,
              5,
              Duration.ofSeconds(3),
              8192,
              8,
              8,
              8,
              null,
              1_000,
              1_000,
              Duration.ofMinutes(1)));

  @Test
  void goesByWhatIsWrittenAboutTheModelFirst() {
    ModelConfig own = config(new Batching(List.of(), null, null, Duration.ofMillis(20), 3, 2));
    assertThat(turn(own, Map.of())).isEqualTo(new Turn(2, 20_000_000));
    assertThat(turn(own, Map.of("priority", 3L)).level()).isEqualTo(3);
    // Above the model's levels, though not above those of others.
    assertThat(turn(own, Map.of("priority", 4L)).level()).isEqualTo(2);
    assertThat(turn(own, Map.of("timeout", 7L)).deadline()).isEqualTo(7_000);
  }

  @Test
  void goesByWhatIsSetForAllWhereNothingIsWritten() {
    Turn usual = new Turn(5, 3_000_000_000L);
    assertThat(turn(ModelConfig.NONE, Map.of())).isEqualTo(usual);
    assertThat(turn(config(new Batching(List.of(), null, null, null, null, null)), Map.of()))
        .isEqualTo(usual);
  }

  @Test
  void waitsAsLongAsItTakesWhereTheModelSaysZero() {
    ModelConfig own = config(new Batching(List.of(), null, null, Duration.ZERO, null, null));
    assertThat(turn(own, Map.of()).deadline()).isEqualTo(Turn.NO_DEADLINE);
  }

  private Turn turn(ModelConfig config, Map<String, Object> parameters) {
    return turns.of(new InferenceRequest(null, parameters, List.of(), List.of()), config, 0);
  }

  private static ModelConfig config(@Nullable Batching batching) {
    ModelConfig none = ModelConfig.NONE;
    return new ModelConfig(
        "config.pbtxt",
        "",
        "",
        none.fileName(),
        null,
        List.of(),
        List.of(),
        none.versions(),
        batching,
        null,
        List.of());
  }
}
