package io.norma.models.web;

import io.norma.admission.Imports;
import io.norma.http.Page;
import io.norma.http.Permissions;
import io.norma.models.MissingData;
import io.norma.models.ModelRepository;
import io.norma.models.ModelRepository.State;
import io.norma.models.ModelUploads;
import io.norma.models.ModelUploads.Upload;
import io.norma.models.ReceivedModel;
import io.norma.models.ServedModel;
import io.norma.onnx.file.MissingDataException;
import io.norma.serving.ModelName;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.hibernate.validator.constraints.Range;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Models uploaded, looked at and deleted. */
@RestController
final class ModelVersionsController {
  private static final String MODEL = "/v1/models/{model}";
  private static final String VERSION = MODEL + "/versions/{version}";

  private final ModelRepository repository;
  private final ModelUploads uploads;
  private final ModelBody body;
  private final Imports imports;

  ModelVersionsController(
      ModelRepository repository, ModelUploads uploads, ModelBody body, Imports imports) {
    this.repository = repository;
    this.uploads = uploads;
    this.body = body;
    this.imports = imports;
  }

  @PutMapping(VERSION)
  ResponseEntity<ModelMessages.Details> upload(
      @PathVariable String model, @PathVariable String version, HttpServletRequest request)
      throws IOException {
    long number = ModelName.requireVersion(version);
    Upload upload;
    try (Imports.Place _ = imports.takePlace();
        ReceivedModel received = body.receive(request)) {
      upload = uploads.upload(model, number, received);
    } catch (ServingException.Invalid e) {
      throw e.getCause() instanceof MissingDataException missing
          ? withCommand(e, missing, request)
          : e;
    }
    return ResponseEntity.status(upload.created() ? 201 : 200)
        .body(ModelMessages.Details.of(upload.model()));
  }

  @PutMapping(VERSION + "/checkpoint")
  ResponseEntity<ModelMessages.Details> restore(
      @PathVariable String model, @PathVariable String version, HttpServletRequest request)
      throws IOException {
    long number = ModelName.requireVersion(version);
    try (Imports.Place _ = imports.takePlace();
        ReceivedModel received = body.receiveCheckpoint(request)) {
      Upload upload = uploads.restore(model, number, received);
      return ResponseEntity.status(upload.created() ? 201 : 200)
          .body(ModelMessages.Details.of(upload.model()));
    }
  }

  private static ServingException withCommand(
      ServingException.Invalid e, MissingDataException missing, HttpServletRequest request) {
    String command = MissingData.command(missing, request.getRequestURL().toString());
    return new ServingException.Invalid(e.getMessage() + " The command: " + command, e);
  }

  @GetMapping("/v1/models")
  Page<ModelMessages.Model> all(
      @RequestParam(defaultValue = "") String after,
      @RequestParam(defaultValue = Page.SIZE) @Range(min = 1, max = Page.LARGEST) int limit,
      HttpServletRequest request) {
    Permissions permissions = Permissions.of(request);
    NavigableMap<String, List<ModelMessages.Version>> byName = new TreeMap<>();
    for (ModelRepository.Entry entry : repository.index()) {
      if (permissions.maySee(entry.name())) {
        byName
            .computeIfAbsent(entry.name(), name -> new ArrayList<>())
            .add(ModelMessages.Version.of(entry.version(), entry.state()));
      }
    }
    return Page.of(
        List.copyOf(byName.tailMap(after, false).entrySet()),
        limit,
        entry -> new ModelMessages.Model(entry.getKey(), entry.getValue()),
        Map.Entry::getKey);
  }

  @GetMapping(MODEL)
  ModelMessages.ModelDetails one(@PathVariable String model) {
    SortedMap<Long, State> versions = repository.versions(model);
    ModelMessages.Details latest =
        versions.reversed().values().stream()
            .flatMap(state ->
                state instanceof State.Ready(ServedModel served) ? Stream.of(served) : Stream.of())
            .findFirst()
            .map(ModelMessages.Details::of)
            .orElse(null);
    return new ModelMessages.ModelDetails(
        model,
        versions.entrySet().stream()
            .map(entry -> ModelMessages.Version.of(entry.getKey(), entry.getValue()))
            .toList(),
        latest);
  }

  @GetMapping(VERSION)
  ModelMessages.Details version(@PathVariable String model, @PathVariable String version) {
    return ModelMessages.Details.of(repository.get(model, ModelName.requireVersion(version)));
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
