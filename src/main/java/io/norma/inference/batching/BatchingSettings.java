package io.norma.inference.batching;

import io.norma.serving.ModelConfig;
import io.norma.serving.ModelConfig.Batching;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How requests for one model are put together.
 *
 * @param maxBatchSize rows that are run together; 1 to run each request by itself
 * @param preferredBatchSizes rows at which a batch is not kept waiting for more
 * @param maxQueueDelay how long the first request of a batch waits for others; 0 to take those that
 *     are there
 * @param maxQueueSize requests that may wait for one model, of those that may wait for all; 0 for
 *     as many
 */
@Validated
@ConfigurationProperties("norma.batching")
public record BatchingSettings(
    @Min(1) @Max(8192) @DefaultValue("32") int maxBatchSize,
    @DefaultValue List<@Min(1) Integer> preferredBatchSizes,
    @DefaultValue("0") Duration maxQueueDelay,
    @Min(0) @DefaultValue("0") int maxQueueSize) {
  public BatchingSettings {
    preferredBatchSizes = preferredBatchSizes.stream().sorted().toList();
    if (maxQueueDelay.isNegative()) {
      throw new IllegalArgumentException(
          "norma.batching.max-queue-delay must not be negative, but is " + maxQueueDelay);
    }
    for (int preferred : preferredBatchSizes) {
      if (preferred > maxBatchSize) {
        throw new IllegalArgumentException(
            "norma.batching.preferred-batch-sizes must not be above max-batch-size, %d, but are %s"
                .formatted(maxBatchSize, preferredBatchSizes));
      }
    }
  }

  /** The same without batches. */
  BatchingSettings oneByOne() {
    return new BatchingSettings(1, List.of(), Duration.ZERO, maxQueueSize);
  }

  /**
   * The same for one model: what is written about it goes first. {@code dynamic_batching} alone
   * makes batches larger than they are for others; {@code max_batch_size} alone makes them smaller.
   */
  BatchingSettings of(ModelConfig config) {
    Batching own = config.batching();
    int largest = maxBatchSize;
    if (config.maxBatchSize() != null) {
      int rows = Math.max(1, config.maxBatchSize());
      largest = own == null ? Math.min(rows, largest) : rows;
    }
    int atMost = largest;
    List<Integer> preferred =
        own == null || own.preferredBatchSizes().isEmpty()
            ? preferredBatchSizes
            : own.preferredBatchSizes();
    return new BatchingSettings(
        largest,
        preferred.stream().filter(size -> size <= atMost).toList(),
        own == null || own.maxQueueDelay() == null ? maxQueueDelay : own.maxQueueDelay(),
        own == null || own.maxQueueSize() == null ? maxQueueSize : own.maxQueueSize());
  }

  /**
   * How many of the rows that wait are taken, and 0 to wait for more.
   *
   * @param rows those that wait
   * @param late whether the first of them has waited for long enough
   */
  int rowsToTake(int rows, boolean late) {
    if (rows >= maxBatchSize) {
      return maxBatchSize;
    }
    int preferred = 0;
    for (int size : preferredBatchSizes) {
      preferred = size <= rows ? size : preferred;
    }
    return preferred > 0 ? preferred : late ? rows : 0;
  }
}
