package io.norma.models;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.models.ModelSettings.Readiness;
import io.norma.serving.ServingException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ModelRepositoryTest {
  private final ModelRepository repository = new ModelRepository(List.of(), Readiness.ALL);

  @Test
  void knowsOfNoModelThatIsMissingBeforeAllHaveBeenLoaded() {
    assertThatThrownBy(() -> repository.get("m", null))
        .isInstanceOf(ServingException.Unavailable.class)
        .hasMessageContaining("still being loaded");
    assertThatThrownBy(() -> repository.versions("m"))
        .isInstanceOf(ServingException.Unavailable.class);
    repository.begin("m", 1);
    assertThatThrownBy(() -> repository.get("m", 2L))
        .isInstanceOf(ServingException.Unavailable.class);

    repository.started();

    assertThatThrownBy(() -> repository.get("m", 2L)).isInstanceOf(ServingException.NotFound.class);
    assertThatThrownBy(() -> repository.get("n", null))
        .isInstanceOf(ServingException.NotFound.class);
    assertThatThrownBy(() -> repository.versions("n"))
        .isInstanceOf(ServingException.NotFound.class);
  }
}
