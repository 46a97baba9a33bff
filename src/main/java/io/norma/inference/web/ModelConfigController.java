package io.norma.inference.web;

import io.norma.admission.AdmissionSettings;
import io.norma.http.codec.V2;
import io.norma.inference.RequestTurns;
import io.norma.inference.batching.Batcher;
import io.norma.inference.batching.BatchingSettings;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.network.TensorMetadata;
import io.norma.serving.ModelConfig;
import io.norma.serving.ModelName;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * The V2 protocol's configuration extension: what holds for a model, whether somebody wrote it
 * about this one or about all.
 */
@RestController
final class ModelConfigController {
  private static final String PLATFORM = "onnx_onnxv1";
  private static final String BACKEND = "norma";

  private final ModelRepository repository;
  private final Batcher batcher;
  private final RequestTurns turns;
  private final int maxBatchSize;

  ModelConfigController(
      ModelRepository repository,
      Batcher batcher,
      RequestTurns turns,
      AdmissionSettings admission) {
    this.repository = repository;
    this.batcher = batcher;
    this.turns = turns;
    maxBatchSize = admission.inference().maxBatchSize();
  }

  @GetMapping({"/v2/models/{model}/config", "/v2/models/{model}/versions/{version}/config"})
  V2.ModelConfiguration configuration(
      @PathVariable String model, @PathVariable(required = false) @Nullable String version) {
    ServedModel served =
        repository.get(model, version == null ? null : ModelName.requireVersion(version));
    ModelConfig config = served.config();
    List<TensorMetadata> inputs = served.network().inputs();
    List<TensorMetadata> outputs = served.network().outputs();
    boolean batched =
        !config.refusesBatches()
            && !inputs.isEmpty()
            && Stream.concat(inputs.stream(), outputs.stream())
                .allMatch(TensorMetadata::hasDynamicBatch);
    return new V2.ModelConfiguration(
        served.name(),
        config.platform().isEmpty() ? PLATFORM : config.platform(),
        config.backend().isEmpty() ? BACKEND : config.backend(),
        versions(config.versions()),
        batched ? rows(config.maxBatchSize()) : 0,
        tensors(inputs, batched),
        tensors(outputs, batched),
        batching(served),
        parameters(served, batcher.settingsOf(served).maxBatchSize()),
        config.fileName());
  }

  private int rows(@Nullable Integer own) {
    return own == null ? maxBatchSize : Math.min(own, maxBatchSize);
  }

  private static V2.VersionPolicy versions(ModelConfig.VersionPolicy policy) {
    return switch (policy) {
      case ModelConfig.VersionPolicy.All _ ->
          new V2.VersionPolicy(null, new V2.VersionPolicy.All(), null);
      case ModelConfig.VersionPolicy.Latest(int count) ->
          new V2.VersionPolicy(new V2.VersionPolicy.Latest(count), null, null);
      case ModelConfig.VersionPolicy.Specific(List<Long> versions) ->
          new V2.VersionPolicy(null, null, new V2.VersionPolicy.Specific(versions));
    };
  }

  private V2.@Nullable DynamicBatching batching(ServedModel model) {
    BatchingSettings batching = batcher.settingsOf(model);
    if (batching.maxBatchSize() == 1) {
      return null;
    }
    RequestTurns.Usual usual = turns.usual(model.config());
    return new V2.DynamicBatching(
        batching.preferredBatchSizes(),
        microseconds(batching.maxQueueDelay()),
        usual.levels(),
        usual.level(),
        new V2.QueuePolicy("REJECT", microseconds(usual.timeout()), true, batching.maxQueueSize()));
  }

  private static long microseconds(Duration duration) {
    return TimeUnit.NANOSECONDS.toMicros(duration.toNanos());
  }

  private static Map<String, V2.Parameter> parameters(ServedModel model, int rowsRunTogether) {
    ModelConfig config = model.config();
    Map<String, V2.Parameter> parameters = new TreeMap<>();
    parameters.put("rows_run_together", new V2.Parameter(Integer.toString(rowsRunTogether)));
    String weights = model.weightFormat().name().toLowerCase(Locale.ROOT);
    parameters.put("weights", new V2.Parameter(weights));
    if (!config.source().isEmpty()) {
      parameters.put("source", new V2.Parameter(config.source()));
    }
    if (!config.ignored().isEmpty()) {
      parameters.put("ignored", new V2.Parameter(String.join(", ", config.ignored())));
    }
    return parameters;
  }

  private static List<V2.TensorConfiguration> tensors(
      List<TensorMetadata> tensors, boolean batched) {
    return tensors.stream()
        .map(tensor ->
            new V2.TensorConfiguration(
                tensor.name(),
                "TYPE_" + tensor.elementType().name(),
                batched ? tensor.shape().subList(1, tensor.shape().size()) : tensor.shape()))
        .toList();
  }
}
