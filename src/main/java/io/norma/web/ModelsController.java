package io.norma.web;

import io.norma.serving.ModelName;
import io.norma.serving.ModelRepository;
import io.norma.serving.ModelRepository.State;
import io.norma.serving.ModelUploads;
import io.norma.serving.ModelUploads.Upload;
import io.norma.serving.ServedModel;
import io.norma.web.protocol.Models;
import io.norma.web.protocol.Page;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RestController;

/** Models uploaded, looked at and deleted. */
@RestController
final class ModelsController {
  private static final String MODEL = "/v1/models/{model}";
  private static final String VERSION = MODEL + "/versions/{version}";

  private final ModelRepository repository;
  private final ModelUploads uploads;

  ModelsController(ModelRepository repository, ModelUploads uploads) {
    this.repository = repository;
    this.uploads = uploads;
  }

  @PutMapping(VERSION)
  ResponseEntity<Models.Details> upload(
      @PathVariable String model, @PathVariable String version, HttpServletRequest request)
      throws IOException {
    Upload upload =
        uploads.upload(model, ModelName.requireVersion(version), request.getInputStream());
    return ResponseEntity.status(upload.created() ? 201 : 200)
        .body(Models.Details.of(upload.model()));
  }

  @GetMapping("/v1/models")
  Page<Models.Model> all(HttpServletRequest request) {
    Query query = Query.of(request, "after", "limit");
    String after = query.get("after", "");
    NavigableMap<String, List<Models.Version>> byName = new TreeMap<>();
    for (ModelRepository.Entry entry : repository.index()) {
      byName
          .computeIfAbsent(entry.name(), name -> new ArrayList<>())
          .add(Models.Version.of(entry.version(), entry.state()));
    }
    return Page.of(
        List.copyOf(byName.tailMap(after, false).entrySet()),
        query.limit(),
        entry -> new Models.Model(entry.getKey(), entry.getValue()),
        Map.Entry::getKey);
  }

  @GetMapping(MODEL)
  Models.ModelDetails one(@PathVariable String model) {
    SortedMap<Long, State> versions = repository.versions(model);
    Models.Details latest =
        versions.reversed().values().stream()
            .flatMap(state ->
                state instanceof State.Ready(ServedModel served) ? Stream.of(served) : Stream.of())
            .findFirst()
            .map(Models.Details::of)
            .orElse(null);
    return new Models.ModelDetails(
        model,
        versions.entrySet().stream()
            .map(entry -> Models.Version.of(entry.getKey(), entry.getValue()))
            .toList(),
        latest);
  }

  @GetMapping(VERSION)
  Models.Details version(@PathVariable String model, @PathVariable String version) {
    return Models.Details.of(repository.get(model, ModelName.requireVersion(version)));
  }

  @DeleteMapping(VERSION)
  ResponseEntity<Void> delete(@PathVariable String model, @PathVariable String version) {
    uploads.delete(model, ModelName.requireVersion(version));
    return ResponseEntity.noContent().build();
  }

  @DeleteMapping(MODEL)
  ResponseEntity<Void> delete(@PathVariable String model) {
    uploads.delete(model);
    return ResponseEntity.noContent().build();
  }
}
