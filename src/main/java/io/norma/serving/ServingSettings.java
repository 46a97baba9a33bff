package io.norma.serving;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * What can be set about models and inference.
 *
 * @param dataDirectory where the default database is, and an upload until it is stored
 */
@Validated
@ConfigurationProperties("norma")
public record ServingSettings(
    @DefaultValue("data") Path dataDirectory,
    @Valid @DefaultValue Models models,
    @Valid @DefaultValue Compute compute,
    @Valid @DefaultValue Inference inference,
    @Name("import") @Valid @DefaultValue Import imports,
    @Valid @DefaultValue Watch watch) {
  /**
   * Where models come from, and what is done before they are served.
   *
   * @param directory models in Triton's layout, none by default
   * @param bundled whether the models inside the program are served
   * @param maxUploadBytes largest model file that is taken over HTTP
   * @param warmUpAtMost how long one model is warmed
   */
  public record Models(
      @Nullable Path directory,
      @DefaultValue("true") boolean bundled,
      @DefaultValue("512MB") DataSize maxUploadBytes,
      @DefaultValue("5s") Duration warmUpAtMost) {
    public Models {
      if (maxUploadBytes.toBytes() < 1) {
        throw new IllegalArgumentException(
            "norma.models.max-upload-bytes must be above 0, but is " + maxUploadBytes);
      }
    }
  }

  /**
   * What inference may use.
   *
   * @param threads inferences that compute at once; 0 for one per processor
   */
  public record Compute(@Min(0) @Max(1024) @DefaultValue("0") int threads) {
    /** The number itself, resolved. */
    int slots() {
      return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }
  }

  /**
   * How much is taken on.
   *
   * @param maxQueue inferences that may wait for one that computes to end
   * @param maxBatchSize rows that one request may have
   * @param maxWorkspaceBytes bytes that the values of all runs together may take; by default a
   *     third of the heap
   */
  public record Inference(
      @Min(0) @DefaultValue("1024") int maxQueue,
      @Min(1) @DefaultValue("8192") int maxBatchSize,
      @Nullable DataSize maxWorkspaceBytes) {
    public Inference {
      requirePositive("norma.inference.max-workspace-bytes", maxWorkspaceBytes);
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
   */
  public record Import(@Nullable DataSize maxFoldedBytes) {
    public Import {
      requirePositive("norma.import.max-folded-bytes", maxFoldedBytes);
    }

    long maxFoldedBytes(long heapBytes) {
      return maxFoldedBytes == null ? heapBytes / 8 : maxFoldedBytes.toBytes();
    }
  }

  private static void requirePositive(String name, @Nullable DataSize size) {
    if (size != null && size.toBytes() < 1) {
      throw new IllegalArgumentException(name + " must be above 0, but is " + size);
    }
  }

  /**
   * What watching inferences for drift may cost.
   *
   * @param budget share of the time of all compute slots; beyond it inferences are not watched
   */
  public record Watch(@DefaultValue("0.008") double budget) {
    public Watch {
      if (!(budget > 0 && budget <= 1)) {
        throw new IllegalArgumentException(
            "norma.watch.budget must be above 0 and at most 1, but is " + budget);
      }
    }
  }
}
