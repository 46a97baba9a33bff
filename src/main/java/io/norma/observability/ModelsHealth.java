package io.norma.observability;

import io.norma.models.ModelRepository;
import io.norma.models.ModelRepository.State;
import io.norma.models.ServedModel;
import io.norma.serving.ModelVersion;
import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Up once every model that was there at the start has been loaded and warmed, or one of them where
 * that is enough. One that cannot be loaded is named, but does not keep the others from being
 * served.
 */
final class ModelsHealth implements HealthIndicator {
  private final ModelRepository repository;

  ModelsHealth(ModelRepository repository) {
    this.repository = repository;
  }

  @Override
  public Health health() {
    Health.Builder health = repository.isReady() ? Health.up() : Health.outOfService();
    Map<ModelVersion, String> refused = repository.refused();
    for (ModelRepository.Entry entry : repository.index()) {
      health.withDetail(
          entry.name() + "/" + entry.version(),
          switch (entry.state()) {
            case State.Ready(ServedModel model) when model.failure() != null ->
                "unavailable: " + model.failure();
            case State.Ready ready -> {
              String reason = refused.get(new ModelVersion(entry.name(), entry.version()));
              yield reason == null
                  ? "ready"
                  : "ready as it was; what is in its place now cannot be loaded: " + reason;
            }
            case State.Loading loading -> "loading";
            case State.Unavailable unavailable -> "unavailable: " + unavailable.reason();
          });
    }
    return health.build();
  }
}
