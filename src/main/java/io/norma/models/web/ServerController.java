package io.norma.models.web;

import io.norma.http.codec.V2;
import io.norma.models.ModelRepository;
import java.util.List;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The V2 protocol's questions about the server itself. */
@RestController
final class ServerController {
  private static final List<String> EXTENSIONS =
      List.of(
          "binary_tensor_data",
          "classification",
          "model_configuration",
          "model_repository",
          "parameters",
          "statistics");

  private final ModelRepository repository;
  private final ApplicationAvailability availability;
  private final String version;

  ServerController(ModelRepository repository, ApplicationAvailability availability) {
    this.availability = availability;
    this.repository = repository;
    String packaged = ServerController.class.getPackage().getImplementationVersion();
    version = packaged == null ? "development" : packaged;
  }

  @GetMapping({"/v2", "/v2/"})
  V2.ServerMetadata metadata() {
    return new V2.ServerMetadata("norma", version, EXTENSIONS);
  }

  @GetMapping("/v2/health/live")
  V2.Live live() {
    return new V2.Live(true);
  }

  @GetMapping("/v2/health/ready")
  ResponseEntity<V2.Ready> ready() {
    boolean ready =
        repository.isReady()
            && availability.getReadinessState() == ReadinessState.ACCEPTING_TRAFFIC;
    return ResponseEntity.status(ready ? 200 : 503).body(new V2.Ready(ready));
  }
}
