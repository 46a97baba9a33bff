package io.norma.models.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.http.codec.Words;
import io.norma.models.ModelRepository.State;
import io.norma.models.ServedModel;
import io.norma.models.VersionFile;
import io.norma.onnx.ImportReport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the routes under {@code /v1/models} answer. */
public final class ModelMessages {
  private ModelMessages() {}

  /** One model and its versions. */
  public record Model(String model, List<Version> versions) {}

  /**
   * One version.
   *
   * @param state {@code ready}, {@code loading} or {@code unavailable}
   * @param reason why it is not available
   * @param origin where its file came from
   * @param resident whether its weights are in memory; those of a version that is ready come back
   *     with the next request
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Version(
      long version,
      String state,
      @Nullable String origin,
      @Nullable Boolean resident,
      @Nullable String reason) {
    /** A version in this state. */
    public static Version of(long version, State state) {
      return switch (state) {
        case State.Ready(ServedModel model) ->
            new Version(version, "ready", originOf(model), model.isResident(), model.failure());
        case State.Loading loading -> new Version(version, "loading", null, null, null);
        case State.Unavailable unavailable ->
            new Version(version, "unavailable", null, null, unavailable.reason());
      };
    }
  }

  /** One model, its versions, and what was found in the file of the latest one that is ready. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record ModelDetails(String model, List<Version> versions, @Nullable Details latest) {}

  /** One version that is ready, and what was found in its file. */
  public record Details(
      String model,
      long version,
      String origin,
      boolean resident,
      String sha256,
      List<VersionFile> files,
      ImportReport report) {
    /** Of this model. */
    public static Details of(ServedModel model) {
      return new Details(
          model.name(),
          model.version(),
          originOf(model),
          model.isResident(),
          model.identity().sha256(),
          model.files(),
          model.report());
    }
  }

  private static String originOf(ServedModel model) {
    return Words.of(model.origin());
  }
}
