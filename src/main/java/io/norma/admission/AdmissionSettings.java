package io.norma.admission;

import io.norma.kernel.tensor.Shape;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/** What can be set about how much is taken on. */
@Validated
@ConfigurationProperties("norma")
public record AdmissionSettings(
    @Valid @DefaultValue Compute compute,
    @Valid @DefaultValue Inference inference,
    @Name("import") @Valid @DefaultValue Import imports) {
  /**
   * What inference may use.
   *
   * @param threads inferences that compute at once; 0 for one per processor
   * @param ownThreadAbove what is expected to compute for longer than that does so on a thread of
   *     its own
   */
  public record Compute(
      @Min(0) @Max(1024) @DefaultValue("0") int threads,
      @DefaultValue("500us") Duration ownThreadAbove) {
    public Compute {
      requireNotNegative("norma.compute.own-thread-above", ownThreadAbove);
    }

    /** The number itself, resolved. */
    public int slots() {
      return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }
  }

  /**
   * How much is taken on.
   *
   * @param maxQueue inferences that may wait for one that computes to end
   * @param priorityLevels that a request may ask for; 1 is the most urgent
   * @param defaultPriority of requests that ask for none
   * @param defaultTimeout how long a request waits for its turn that does not say; 0 for as long as
   *     it takes
   * @param maxBatchSize rows that one request may have
   * @param maxTensors inputs and outputs that one request may name
   * @param maxElements that the inputs of one request may have together
   * @param maxRank axes that each of its inputs may have, at most those that a shape has
   * @param maxWorkspaceBytes bytes that the values of all runs together may take; by default a
   *     third of the heap
   * @param maxLoopIterations iterations that the loops of one run may take together
   * @param maxOperations products that one run may add up, or what takes as long
   * @param maxComputeTime of one run, looked at after each layer
   */
  public record Inference(
      @Min(0) @DefaultValue("1024") int maxQueue,
      @Min(1) @Max(1000) @DefaultValue("10") int priorityLevels,
      @Min(1) @Max(1000) @DefaultValue("5") int defaultPriority,
      @DefaultValue("0") Duration defaultTimeout,
      @Min(1) @DefaultValue("8192") int maxBatchSize,
      @Min(1) @DefaultValue("1024") int maxTensors,
      @Min(1) @DefaultValue("67108864") long maxElements,
      @Min(1) @Max(Shape.MOST_AXES) @DefaultValue("" + Shape.MOST_AXES) int maxRank,
      @Nullable DataSize maxWorkspaceBytes,
      @Min(1) @DefaultValue("1000000") long maxLoopIterations,
      @Min(1) @DefaultValue("10000000000000") long maxOperations,
      @DefaultValue("5m") Duration maxComputeTime) {
    public Inference {
      requirePositive("norma.inference.max-compute-time", maxComputeTime);
      requirePositive("norma.inference.max-workspace-bytes", maxWorkspaceBytes);
      requireNotNegative("norma.inference.default-timeout", defaultTimeout);
      if (defaultPriority > priorityLevels) {
        throw new IllegalArgumentException(
            "norma.inference.default-priority must not be above priority-levels, %d, but is %d"
                .formatted(priorityLevels, defaultPriority));
      }
    }

    long maxWorkspaceBytes(long heapBytes) {
      return maxWorkspaceBytes == null ? heapBytes / 3 : maxWorkspaceBytes.toBytes();
    }
  }

  /**
   * What an import may take.
   *
   * @param maxFoldedBytes bytes that constants may take which are computed on import, of all
   *     imports together; by default an eighth of the heap
   * @param maxFoldedOperations products that they may take to compute, of one import
   * @param maxNodes of one file, with those that its functions unfold to
   * @param maxTime of one import
   * @param maxConcurrent imports at one time; 0 for one per two compute slots
   * @param maxWaiting uploads that may be received, or wait, besides those
   */
  public record Import(
      @Nullable DataSize maxFoldedBytes,
      @Min(1) @DefaultValue("20000000000") long maxFoldedOperations,
      @Min(1) @DefaultValue("100000") int maxNodes,
      @DefaultValue("2m") Duration maxTime,
      @Min(0) @Max(1024) @DefaultValue("0") int maxConcurrent,
      @Min(0) @DefaultValue("16") int maxWaiting) {
    public Import {
      requirePositive("norma.import.max-time", maxTime);
      requirePositive("norma.import.max-folded-bytes", maxFoldedBytes);
    }

    long maxFoldedBytes(long heapBytes) {
      return maxFoldedBytes == null ? heapBytes / 8 : maxFoldedBytes.toBytes();
    }
  }

  /** Imports at one time, resolved: what is warmed waits for the compiler, which needs the rest. */
  public int importsAtOnce() {
    return imports.maxConcurrent == 0 ? Math.max(1, compute.slots() / 2) : imports.maxConcurrent;
  }

  private static void requirePositive(String name, Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(name + " must be above 0, but is " + duration);
    }
  }

  private static void requireNotNegative(String name, Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative, but is " + duration);
    }
  }

  private static void requirePositive(String name, @Nullable DataSize size) {
    if (size != null && size.toBytes() < 1) {
      throw new IllegalArgumentException(name + " must be above 0, but is " + size);
    }
  }
}
