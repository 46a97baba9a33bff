package io.norma.web;

import io.norma.serving.ModelFile;
import io.norma.serving.ModelName;
import io.norma.serving.ModelRepository;
import io.norma.serving.ModelRepository.State;
import io.norma.serving.ServingException;
import io.norma.web.protocol.RepositoryRequest;
import io.norma.web.protocol.V2;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** The V2 protocol's repository extension. */
@RestController
final class RepositoryController {
  private final ModelRepository repository;

  RepositoryController(ModelRepository repository) {
    this.repository = repository;
  }

  @PostMapping("/v2/repository/index")
  List<V2.IndexEntry> index(HttpServletRequest request) throws IOException {
    boolean readyOnly = RepositoryRequest.read(request.getInputStream()).readyOnly();
    return repository.index().stream()
        .filter(entry -> !readyOnly || entry.state() instanceof State.Ready)
        .map(RepositoryController::entry)
        .toList();
  }

  private static V2.IndexEntry entry(ModelRepository.Entry entry) {
    String version = Long.toString(entry.version());
    return switch (entry.state()) {
      case State.Ready ready -> new V2.IndexEntry(entry.name(), version, "READY", "");
      case State.Loading loading -> new V2.IndexEntry(entry.name(), version, "LOADING", "");
      case State.Unavailable(String reason) ->
          new V2.IndexEntry(entry.name(), version, "UNAVAILABLE", reason);
    };
  }

  @PostMapping("/v2/repository/models/{model}/load")
  void load(@PathVariable String model, HttpServletRequest request) throws IOException {
    Map<Long, byte[]> files = RepositoryRequest.read(request.getInputStream()).files();
    if (files.isEmpty()) {
      repository.load(model);
      return;
    }
    try {
      ModelName.require(model);
    } catch (ServingException.Invalid e) {
      throw new ServingException.Invalid("failed to load '" + model + "': " + e.getMessage(), e);
    }
    repository.load(
        model,
        files.entrySet().stream()
            .map(file ->
                new ModelFile(
                    model,
                    file.getKey(),
                    ModelFile.Origin.REQUEST,
                    () -> new ByteArrayInputStream(file.getValue())))
            .toList());
  }

  @PostMapping("/v2/repository/models/{model}/unload")
  void unload(@PathVariable String model) {
    repository.unload(model);
  }
}
