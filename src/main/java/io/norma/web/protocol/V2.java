package io.norma.web.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The V2 protocol's answers about servers and models, named as it names them. */
public final class V2 {
  private V2() {}

  /** The server. */
  public record ServerMetadata(String name, String version, List<String> extensions) {}

  /** Whether the server lives. */
  public record Live(boolean live) {}

  /** Whether the server, or a model, answers. */
  public record Ready(boolean ready) {}

  /** A model as a caller sees it. */
  public record ModelMetadata(
      String name,
      List<String> versions,
      String platform,
      List<TensorMetadata> inputs,
      List<TensorMetadata> outputs) {}

  /** An input or output; −1 stands for any extent. */
  public record TensorMetadata(String name, String datatype, List<Long> shape) {}

  /** A version in the index of the repository. */
  public record IndexEntry(String name, String version, String state, String reason) {}

  /** Request counts of several versions. */
  public record Statistics(@JsonProperty("model_stats") List<ModelStatistics> modelStatistics) {}

  /** Request counts of one version. */
  public record ModelStatistics(
      String name,
      String version,
      @JsonProperty("last_inference") long lastInference,
      @JsonProperty("inference_count") long inferenceCount,
      @JsonProperty("execution_count") long executionCount,
      @JsonProperty("inference_stats") InferenceStatistics inferenceStatistics,
      @JsonProperty("batch_stats") List<BatchStatistics> batchStatistics) {}

  /** Counts and times of the parts of inferences. */
  public record InferenceStatistics(
      Duration success,
      Duration fail,
      Duration queue,
      @JsonProperty("compute_input") Duration computeInput,
      @JsonProperty("compute_infer") Duration computeInfer,
      @JsonProperty("compute_output") Duration computeOutput) {}

  /** The same for one batch size. */
  public record BatchStatistics(
      @JsonProperty("batch_size") int batchSize,
      @JsonProperty("compute_input") Duration computeInput,
      @JsonProperty("compute_infer") Duration computeInfer,
      @JsonProperty("compute_output") Duration computeOutput) {}

  /** How often, and how long in all. */
  public record Duration(long count, long ns) {}

  /** A model as Triton configures it. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record ModelConfiguration(
      String name,
      String platform,
      String backend,
      @JsonProperty("version_policy") VersionPolicy versionPolicy,
      @JsonProperty("max_batch_size") int maxBatchSize,
      List<TensorConfiguration> input,
      List<TensorConfiguration> output,
      @JsonProperty("default_model_filename") @Nullable String defaultModelFilename) {}

  /** Which versions are served: all of them. */
  public record VersionPolicy(All all) {
    /** Has nothing to set. */
    @JsonInclude
    public record All() {}
  }

  /** An input or output; without the batch axis if the model has one. */
  public record TensorConfiguration(
      String name, @JsonProperty("data_type") String dataType, List<Long> dims) {}
}
