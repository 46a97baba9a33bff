package io.norma.models.web;

import io.norma.admission.Imports;
import io.norma.http.Permissions;
import io.norma.http.RequestBody;
import io.norma.http.codec.V2;
import io.norma.models.IncomingFiles;
import io.norma.models.ModelFile;
import io.norma.models.ModelLifecycle;
import io.norma.models.ModelRepository;
import io.norma.models.ModelRepository.State;
import io.norma.models.ReceivedModel;
import io.norma.models.VersionFile;
import io.norma.models.configuration.ConfigJson;
import io.norma.serving.ModelConfig;
import io.norma.serving.ModelName;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** The V2 protocol's repository extension. */
@RestController
final class RepositoryController {
  private final ModelRepository repository;
  private final ModelLifecycle lifecycle;
  private final IncomingFiles incoming;
  private final Imports imports;

  RepositoryController(
      ModelRepository repository,
      ModelLifecycle lifecycle,
      IncomingFiles incoming,
      Imports imports) {
    this.repository = repository;
    this.lifecycle = lifecycle;
    this.incoming = incoming;
    this.imports = imports;
  }

  @PostMapping("/v2/repository/index")
  List<V2.IndexEntry> index(HttpServletRequest request) throws IOException {
    Permissions permissions = Permissions.of(request);
    try (RepositoryRequest body = RepositoryRequest.read(RequestBody.stream(request), incoming)) {
      return repository.index().stream()
          .filter(entry -> permissions.maySee(entry.name()))
          .filter(entry -> !body.readyOnly() || entry.state() instanceof State.Ready)
          .map(RepositoryController::entry)
          .toList();
    }
  }

  private static V2.IndexEntry entry(ModelRepository.Entry entry) {
    String version = Long.toString(entry.version());
    return switch (entry.state()) {
      case State.Ready ready -> new V2.IndexEntry(entry.name(), version, "READY", "");
      case State.Loading loading -> new V2.IndexEntry(entry.name(), version, "LOADING", "");
      case State.Unavailable unavailable ->
          new V2.IndexEntry(entry.name(), version, "UNAVAILABLE", unavailable.reason());
    };
  }

  @PostMapping("/v2/repository/models/{model}/load")
  void load(@PathVariable String model, HttpServletRequest request) throws IOException {
    try (Imports.Place _ = imports.takePlace();
        RepositoryRequest body = RepositoryRequest.read(RequestBody.stream(request), incoming)) {
      ModelConfig config = config(model, body.config());
      if (!body.files().isEmpty()) {
        load(model, body.files(), config);
      } else if (body.config() == null) {
        lifecycle.load(model);
      } else {
        lifecycle.load(model, config);
      }
    }
  }

  private static ModelConfig config(String model, @Nullable String json) {
    if (json == null || json.isBlank()) {
      return ModelConfig.NONE;
    }
    ModelConfig config = ConfigJson.read(model, json, "parameters.config");
    if (!config.fileName().equals(VersionFile.MODEL)) {
      throw new ServingException.Invalid(
          "parameters.config.default_model_filename must be %s, but is %s; another is taken from a config.pbtxt alone"
              .formatted(VersionFile.MODEL, config.fileName()));
    }
    return config;
  }

  private void load(String model, SortedMap<Long, ReceivedModel> files, ModelConfig config)
      throws IOException {
    try {
      ModelName.require(model);
    } catch (ServingException.Invalid e) {
      throw new ServingException.Invalid("failed to load '" + model + "': " + e.getMessage(), e);
    }
    List<ModelFile> models = new ArrayList<>();
    for (Map.Entry<Long, ReceivedModel> file : files.entrySet()) {
      models.add(
          file.getValue()
              .modelFile(model, file.getKey(), ModelFile.Origin.REQUEST, null)
              .with(() -> config));
    }
    lifecycle.loadInstead(model, models);
  }

  @PostMapping("/v2/repository/models/{model}/unload")
  void unload(@PathVariable String model) {
    lifecycle.unload(model);
  }
}
