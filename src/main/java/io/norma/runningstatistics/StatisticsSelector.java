package io.norma.runningstatistics;

import io.norma.inference.NormalizationSelector;
import io.norma.kernel.statistics.BlendMethod;
import io.norma.models.ServedModel;
import io.norma.network.ExecutionObserver;
import io.norma.network.Normalization;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ServingException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request's {@code running_statistics}, {@code normalization}, {@code prior_count}, {@code
 * prior_weight} and {@code blend}. Without any of them: frozen, by what is active.
 */
final class StatisticsSelector implements NormalizationSelector {
  private static final String RUNNING_STATISTICS = "running_statistics";
  private static final String NORMALIZATION = "normalization";
  private static final String PRIOR_COUNT = "prior_count";
  private static final String PRIOR_WEIGHT = "prior_weight";
  private static final String BLEND = "blend";

  private final StatisticsCatalog catalog;
  private final DriftMonitor drift;

  StatisticsSelector(StatisticsCatalog catalog, DriftMonitor drift) {
    this.catalog = catalog;
    this.drift = drift;
  }

  @Override
  public Selection select(ServedModel model, InferenceRequest request) {
    Map<String, Object> parameters = request.parameters();
    String mode = text(parameters, NORMALIZATION, "frozen");
    return switch (mode) {
      case "frozen" -> {
        refuse(parameters, mode, PRIOR_COUNT, PRIOR_WEIGHT, BLEND);
        yield frozen(model, parameters);
      }
      case "batch" -> {
        refuse(parameters, mode, PRIOR_COUNT, PRIOR_WEIGHT, BLEND, RUNNING_STATISTICS);
        yield new Selection(
            ServedModel::observationPlan,
            new Normalization.Batch(),
            ExecutionObserver.NONE,
            Map.of(NORMALIZATION, mode));
      }
      case "blend" -> blend(model, request);
      default ->
          throw new ServingException.Invalid(
              "parameter 'normalization' must be \"frozen\", \"batch\" or \"blend\", but is \""
                  + mode
                  + "\"");
    };
  }

  private Selection frozen(ServedModel model, Map<String, Object> parameters) {
    NamedStatistics statistics = chosen(model, parameters);
    return new Selection(
        ServedModel::plan,
        statistics.normalization(),
        ExecutionObserver.NONE,
        drift.sample(model, statistics.name()),
        Map.of(NORMALIZATION, "frozen", RUNNING_STATISTICS, statistics.name().toString()));
  }

  private NamedStatistics chosen(ServedModel model, Map<String, Object> parameters) {
    String set = text(parameters, RUNNING_STATISTICS);
    return set == null ? catalog.active(model) : catalog.bound(model, catalog.resolve(model, set));
  }

  private Selection blend(ServedModel model, InferenceRequest request) {
    Map<String, Object> parameters = request.parameters();
    Number count = number(parameters, PRIOR_COUNT);
    Number weight = number(parameters, PRIOR_WEIGHT);
    if ((count == null) == (weight == null)) {
      throw new ServingException.Invalid(
          "normalization \"blend\" needs one of the parameters 'prior_count' (how many rows the"
              + " running statistics count for, from 0) and 'prior_weight' (their weight, from 0 to"
              + " 1), but got "
              + (count == null ? "neither" : "both"));
    }
    BlendMethod method =
        switch (text(parameters, BLEND, "linear")) {
          case "linear" -> BlendMethod.LINEAR;
          case "mixture" -> BlendMethod.MIXTURE;
          case String other ->
              throw new ServingException.Invalid(
                  "parameter 'blend' must be \"linear\" or \"mixture\", but is \"" + other + "\"");
        };
    String set = text(parameters, RUNNING_STATISTICS);
    RevisionName name = set == null ? catalog.active(model).name() : catalog.resolve(model, set);
    double priorWeight = priorWeight(count, weight, model, request);
    Normalization normalization;
    try {
      normalization = new Normalization.Blend(catalog.unbound(model, name), priorWeight, method);
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid("parameter 'prior_weight': " + e.getMessage(), e);
    }
    return new Selection(
        ServedModel::observationPlan,
        normalization,
        ExecutionObserver.NONE,
        Map.of(
            NORMALIZATION,
            "blend",
            RUNNING_STATISTICS,
            name.toString(),
            BLEND,
            method == BlendMethod.LINEAR ? "linear" : "mixture",
            PRIOR_WEIGHT,
            priorWeight));
  }

  private static double priorWeight(
      @Nullable Number count,
      @Nullable Number weight,
      ServedModel model,
      InferenceRequest request) {
    if (count == null) {
      return Objects.requireNonNull(weight).doubleValue();
    }
    try {
      return BlendMethod.priorWeight(count.doubleValue(), model.rows(request));
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid("parameter " + e.getMessage(), e);
    }
  }

  private static void refuse(Map<String, Object> parameters, String mode, String... names) {
    for (String name : names) {
      if (parameters.containsKey(name)) {
        throw new ServingException.Invalid(
            "parameter '%s' has no meaning with normalization \"%s\"%s"
                .formatted(
                    name,
                    mode,
                    name.equals(RUNNING_STATISTICS)
                        ? ", which uses the batch's own statistics alone"
                        : ": it belongs to \"blend\""));
      }
    }
  }

  private static @Nullable String text(Map<String, Object> parameters, String name) {
    Object value = parameters.get(name);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw new ServingException.Invalid("parameter '" + name + "' must be text, but is " + value);
  }

  private static String text(Map<String, Object> parameters, String name, String otherwise) {
    return Objects.requireNonNullElse(text(parameters, name), otherwise);
  }

  private static @Nullable Number number(Map<String, Object> parameters, String name) {
    Object value = parameters.get(name);
    if (value == null || value instanceof Number) {
      return (Number) value;
    }
    throw new ServingException.Invalid(
        "parameter '%s' must be a number, but is %s"
            .formatted(name, value instanceof String ? "\"" + value + "\"" : value));
  }
}
