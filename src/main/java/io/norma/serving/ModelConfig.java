package io.norma.serving;

import io.norma.kernel.compute.matrix.WeightFormat;
import java.time.Duration;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * What an operator wrote about one model, in Triton's words. What is left out is {@code null} or
 * empty, and then what holds for all models holds for this one.
 *
 * @param source where it is written, {@code ""} where nothing is
 * @param platform as written
 * @param backend as written
 * @param maxBatchSize rows that one request, and one run, may have; 0 for a model that takes no
 *     batches
 * @param versions which of the versions that there are shall be served
 * @param batching how requests are put together
 * @param weights how those of large dense layers are kept
 * @param ignored names of what is written and nothing is made of
 */
public record ModelConfig(
    String source,
    String platform,
    String backend,
    String fileName,
    @Nullable Integer maxBatchSize,
    List<DeclaredTensor> inputs,
    List<DeclaredTensor> outputs,
    VersionPolicy versions,
    @Nullable Batching batching,
    @Nullable WeightFormat weights,
    List<String> ignored) {
  /** The file of a network that is called nothing else. */
  public static final String MODEL_FILE = "model.onnx";

  /** Of a model about which nothing is written. */
  public static final ModelConfig NONE =
      new ModelConfig(
          "",
          "",
          "",
          MODEL_FILE,
          null,
          List.of(),
          List.of(),
          new VersionPolicy.All(),
          null,
          null,
          List.of());

  public ModelConfig {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    ignored = List.copyOf(ignored);
  }

  /**
   * An input or output as it is written.
   *
   * @param elementType in the protocol's words, {@code ""} where none is written
   * @param dims without the batch axis where there is one; empty where none are written
   */
  public record DeclaredTensor(String name, String elementType, List<Long> dims) {
    public DeclaredTensor {
      dims = List.copyOf(dims);
    }
  }

  /**
   * How requests are put together, and how they wait.
   *
   * @param preferredBatchSizes rows at which a batch is not kept waiting for more
   * @param maxQueueDelay how long the first request waits for others
   * @param maxQueueSize requests that may wait; 0 for any number
   * @param defaultTimeout how long a request waits that does not say; 0 for as long as it takes
   * @param priorityLevels that a request may ask for
   * @param defaultPriority of requests that ask for none
   */
  public record Batching(
      List<Integer> preferredBatchSizes,
      @Nullable Duration maxQueueDelay,
      @Nullable Integer maxQueueSize,
      @Nullable Duration defaultTimeout,
      @Nullable Integer priorityLevels,
      @Nullable Integer defaultPriority) {
    public Batching {
      preferredBatchSizes = List.copyOf(preferredBatchSizes);
    }
  }

  /** Which of the versions that there are shall be served. */
  public sealed interface VersionPolicy {
    /** All of them. */
    record All() implements VersionPolicy {}

    /** Those with the highest numbers. */
    record Latest(int count) implements VersionPolicy {}

    /** Those that are listed. */
    record Specific(List<Long> versions) implements VersionPolicy {
      public Specific {
        versions = List.copyOf(versions);
      }
    }

    /** Whether one of them is to be served. */
    default boolean serves(long version, SortedSet<Long> all) {
      return switch (this) {
        case All _ -> true;
        case Latest(int count) -> all.tailSet(version).size() <= count;
        case Specific(List<Long> versions) -> versions.contains(version);
      };
    }
  }

  /** Whether requests and runs of it are of one row, or of what stands for one. */
  public boolean refusesBatches() {
    return maxBatchSize != null && maxBatchSize == 0;
  }
}
