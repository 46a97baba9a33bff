package io.norma.runningstatistics.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.http.codec.Json;
import io.norma.http.codec.Words;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.CalibrationLayer;
import io.norma.runningstatistics.CalibrationMoments;
import io.norma.serving.ModelName;
import io.norma.serving.NetworkIdentity;
import jakarta.validation.constraints.NotNull;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A calibration's moments in JSON, as one service writes them and another one reads them. Numbers
 * are written so that they are read back to the last bit.
 *
 * @param sha256 of the network
 * @param baseSha256 of the statistics whose γ and β the batches ran with; {@code null} for the
 *     network's own
 * @param samples rows of all batches
 * @param layers by name
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record MomentsJson(
    @NotNull String model,
    @NotNull String version,
    @NotNull String sha256,
    @Nullable String baseSha256,
    @NotNull String estimator,
    @NotNull String varianceConvention,
    @NotNull @Range(min = 1, max = Json.LARGEST_INTEGER) Long batches,
    @NotNull @Range(min = 1, max = Json.LARGEST_INTEGER) Long samples,
    @NotNull LinkedHashMap<String, @Nullable LayerMomentsJson> layers) {
  static MomentsJson of(CalibrationMoments moments) {
    LinkedHashMap<String, @Nullable LayerMomentsJson> layers = new LinkedHashMap<>();
    for (CalibrationLayer layer : moments.layers()) {
      layers.put(layer.layer(), LayerMomentsJson.of(layer));
    }
    return new MomentsJson(
        moments.network().model(),
        Long.toString(moments.network().version()),
        moments.network().sha256(),
        moments.baseSha256(),
        Words.of(moments.estimator()),
        Words.of(moments.varianceConvention()),
        moments.batches(),
        moments.samples(),
        layers);
  }

  /**
   * What the document says.
   *
   * @throws io.norma.serving.ServingException.InvalidField if a field of it cannot be so
   */
  CalibrationMoments moments() {
    if (samples < batches) {
      throw Json.invalid(
          "samples", "must be at least 'batches', %d, but is %d".formatted(batches, samples));
    }
    Estimator by = constant("estimator", Estimator.class, estimator);
    VarianceConvention convention =
        constant("variance_convention", VarianceConvention.class, varianceConvention);
    List<CalibrationLayer> read = new ArrayList<>();
    for (Map.Entry<String, @Nullable LayerMomentsJson> layer : layers.entrySet()) {
      LayerMomentsJson own = layer.getValue();
      if (own == null) {
        throw Json.invalid("layers." + layer.getKey(), "must be an object, but is null");
      }
      read.add(new LayerMomentsReader(layer.getKey(), own).read(by, convention, batches));
    }
    return new CalibrationMoments(
        new NetworkIdentity(model, ModelName.requireVersion(version), sha256),
        baseSha256 == null || baseSha256.isEmpty() ? null : baseSha256,
        by,
        convention,
        batches,
        samples,
        read);
  }

  private static <E extends Enum<?>> E constant(String field, Class<E> type, String word) {
    return Words.find(type, word)
        .orElseThrow(() ->
            Json.invalid(
                field,
                "must be one of %s, but is %s".formatted(Words.all(type), Json.described(word))));
  }
}
