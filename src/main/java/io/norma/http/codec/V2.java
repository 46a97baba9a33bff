package io.norma.http.codec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The V2 protocol's answers about servers and models, named as it names them in snake case. */
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
  public record Statistics(List<ModelStatistics> modelStats) {}

  /** Request counts of one version. */
  public record ModelStatistics(
      String name,
      String version,
      long lastInference,
      long inferenceCount,
      long executionCount,
      InferenceStatistics inferenceStats,
      List<BatchStatistics> batchStats) {}

  /** Counts and times of the parts of inferences. */
  public record InferenceStatistics(
      Duration success,
      Duration fail,
      Duration queue,
      Duration computeInput,
      Duration computeInfer,
      Duration computeOutput) {}

  /** The same for one batch size. */
  public record BatchStatistics(
      int batchSize, Duration computeInput, Duration computeInfer, Duration computeOutput) {}

  /** How often, and how long in all. */
  public record Duration(long count, long ns) {}

  /**
   * A model as Triton configures it.
   *
   * @param dynamicBatching none where each request runs by itself
   * @param parameters what there is to say beside that
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record ModelConfiguration(
      String name,
      String platform,
      String backend,
      VersionPolicy versionPolicy,
      int maxBatchSize,
      List<TensorConfiguration> input,
      List<TensorConfiguration> output,
      @Nullable DynamicBatching dynamicBatching,
      Map<String, Parameter> parameters,
      String defaultModelFilename) {}

  /** Which versions are served: one of the three. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record VersionPolicy(
      @Nullable Latest latest, @Nullable All all, @Nullable Specific specific) {
    /** Those with the highest numbers. */
    public record Latest(int numVersions) {}

    /** Has nothing to set. */
    @JsonInclude
    public record All() {}

    /** Those that are listed. */
    public record Specific(List<Long> versions) {}
  }

  /** How requests are put together. */
  public record DynamicBatching(
      List<Integer> preferredBatchSize,
      long maxQueueDelayMicroseconds,
      int priorityLevels,
      int defaultPriorityLevel,
      QueuePolicy defaultQueuePolicy) {}

  /** How requests wait. */
  public record QueuePolicy(
      String timeoutAction,
      long defaultTimeoutMicroseconds,
      boolean allowTimeoutOverride,
      int maxQueueSize) {}

  /** What a model is told by a name of its own. */
  public record Parameter(String stringValue) {}

  /** An input or output; without the batch axis if the model has one. */
  public record TensorConfiguration(String name, String dataType, List<Long> dims) {}
}
