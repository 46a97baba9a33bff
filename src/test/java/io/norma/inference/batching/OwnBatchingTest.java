package io.norma.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.serving.ModelConfig;
import io.norma.serving.ModelConfig.Batching;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A model's own words about batches, beside the settings for all models. */
final class OwnBatchingTest {
  private static final BatchingSettings ALL =
      new BatchingSettings(32, List.of(8, 16), Duration.ofMillis(1), 100);

  @Test
  void goesByTheModelFirst() {
    Batching own = new Batching(List.of(2, 4), Duration.ZERO, 0, null, null, null);
    assertThat(ALL.of(config(64, own)))
        .isEqualTo(new BatchingSettings(64, List.of(2, 4), Duration.ZERO, 0));
  }

  @Test
  void goesByTheSettingsWhereTheModelSaysNothing() {
    assertThat(ALL.of(ModelConfig.NONE)).isEqualTo(ALL);
    Batching own = new Batching(List.of(), null, null, null, null, null);
    assertThat(ALL.of(config(null, own))).isEqualTo(ALL);
  }

  @Test
  void enlargesBatchesOnlyForThoseThatWantThem() {
    assertThat(ALL.of(config(64, null)).maxBatchSize()).isEqualTo(32);
  }

  @Test
  void leavesOutPreferredSizesThatTheModelDoesNotTake() {
    assertThat(ALL.of(config(12, null)))
        .isEqualTo(new BatchingSettings(12, List.of(8), Duration.ofMillis(1), 100));
  }

  private static ModelConfig config(@Nullable Integer rows, @Nullable Batching batching) {
    ModelConfig none = ModelConfig.NONE;
    return new ModelConfig(
        "config.pbtxt",
        "",
        "",
        none.fileName(),
        rows,
        List.of(),
        List.of(),
        none.versions(),
        batching,
        null,
        List.of());
  }
}
