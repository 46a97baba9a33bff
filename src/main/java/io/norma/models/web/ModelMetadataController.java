package io.norma.models.web;

import io.norma.http.codec.V2;
import io.norma.models.ModelRepository;
import io.norma.models.ModelRepository.State;
import io.norma.models.ServedModel;
import io.norma.network.TensorMetadata;
import io.norma.serving.ModelName;
import io.norma.serving.ServingException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** The V2 protocol's questions about a model. */
@RestController
final class ModelMetadataController {
  private static final String MODEL = "/v2/models/{model}";
  private static final String VERSION = MODEL + "/versions/{version}";
  private static final String PLATFORM = "onnx_onnxv1";

  private final ModelRepository repository;

  ModelMetadataController(ModelRepository repository) {
    this.repository = repository;
  }

  @GetMapping({MODEL, VERSION})
  V2.ModelMetadata metadata(
      @PathVariable String model, @PathVariable(required = false) @Nullable String version) {
    ServedModel served = served(model, version);
    List<String> versions =
        repository.versions(model).entrySet().stream()
            .filter(entry -> entry.getValue() instanceof State.Ready)
            .map(entry -> Long.toString(entry.getKey()))
            .toList();
    return new V2.ModelMetadata(
        served.name(),
        versions,
        PLATFORM,
        metadata(served.network().inputs()),
        metadata(served.network().outputs()));
  }

  @GetMapping({MODEL + "/ready", VERSION + "/ready"})
  V2.Ready ready(
      @PathVariable String model, @PathVariable(required = false) @Nullable String version) {
    String failure = served(model, version).failure();
    if (failure != null) {
      throw new ServingException.Unavailable(failure, null);
    }
    return new V2.Ready(true);
  }

  private ServedModel served(String model, @Nullable String version) {
    return repository.get(model, version == null ? null : ModelName.requireVersion(version));
  }

  private static List<V2.TensorMetadata> metadata(List<TensorMetadata> tensors) {
    return tensors.stream()
        .map(tensor ->
            new V2.TensorMetadata(tensor.name(), tensor.elementType().name(), tensor.shape()))
        .toList();
  }
}
