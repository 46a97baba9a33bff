package io.norma.runningstatistics;

import io.norma.inference.NormalizationSelector;
import io.norma.kernel.statistics.BlendMethod;
import io.norma.kernel.statistics.InstanceShrinkage;
import io.norma.models.ServedModel;
import io.norma.network.ExecutionObserver;
import io.norma.network.Normalization;
import io.norma.runningstatistics.StatisticsCatalog.Serving;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ServingException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request's {@code running_statistics}, {@code normalization}, {@code prior_count}, {@code
 * prior_weight}, {@code blend}, {@code k} and {@code routing_key}. Without any of them: frozen, by
 * what is active or, where several revisions share the requests, by one of them at random.
 */
final class StatisticsSelector implements NormalizationSelector {
  private static final String INSTANCE_AWARE = "instance_aware";
  private static final int LONGEST_ROUTING_KEY = 256;

  private final StatisticsCatalog catalog;
  private final DriftMonitor drift;
  private final AgreementMonitor agreement;

  StatisticsSelector(StatisticsCatalog catalog, DriftMonitor drift, AgreementMonitor agreement) {
    this.catalog = catalog;
    this.drift = drift;
    this.agreement = agreement;
  }

  @Override
  public Selection select(ServedModel model, InferenceRequest request) {
    Map<String, Object> parameters = request.parameters();
    String mode = text(parameters, NORMALIZATION, "frozen");
    String routingKey = routingKey(parameters);
    return switch (mode) {
      case "frozen" -> {
        refuse(parameters, mode, PRIOR_COUNT, PRIOR_WEIGHT, BLEND, K);
        yield frozen(model, parameters, routingKey);
      }
      case "batch" -> {
        refuse(parameters, mode, PRIOR_COUNT, PRIOR_WEIGHT, BLEND, K, RUNNING_STATISTICS);
        yield new Selection(
            ServedModel::observationPlan,
            new Normalization.Batch(),
            ExecutionObserver.NONE,
            Map.of(NORMALIZATION, mode));
      }
      case "blend" -> {
        refuse(parameters, mode, K);
        yield blend(model, request);
      }
      case INSTANCE_AWARE -> {
        refuse(parameters, mode, PRIOR_COUNT, PRIOR_WEIGHT, BLEND);
        yield instanceAware(model, parameters);
      }
      default ->
          throw new ServingException.Invalid(
              "parameter 'normalization' must be \"frozen\", \"batch\", \"blend\" or"
                  + " \"instance_aware\", but is \""
                  + mode
                  + "\"");
    };
  }

  @Override
  public String sha256(ServedModel model, String runningStatistics) {
    return catalog.sha256(model, RevisionName.parse(runningStatistics));
  }

  private Selection frozen(
      ServedModel model, Map<String, Object> parameters, @Nullable String routingKey) {
    String set = text(parameters, RUNNING_STATISTICS);
    if (set != null) {
      return frozen(model, catalog.bound(model, catalog.resolve(model, set)), null);
    }
    Serving serving = catalog.serving(model);
    if (serving.split().isWhole()) {
      return frozen(model, serving.primary(), null);
    }
    NamedStatistics statistics =
        serving.at(
            routingKey == null
                ? ThreadLocalRandom.current().nextDouble()
                : TrafficSplit.point(model.name(), routingKey));
    return frozen(model, statistics, agreement.sample(model, serving, statistics));
  }

  private Selection frozen(
      ServedModel model, NamedStatistics statistics, @Nullable Comparison comparison) {
    return new Selection(
        ServedModel::plan,
        statistics.normalization(),
        ExecutionObserver.NONE,
        drift.sample(model, statistics.name()),
        comparison,
        Map.of(NORMALIZATION, "frozen", RUNNING_STATISTICS, statistics.name().toString()));
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

  private Selection instanceAware(ServedModel model, Map<String, Object> parameters) {
    Number k = number(parameters, K);
    InstanceShrinkage shrinkage;
    try {
      shrinkage = new InstanceShrinkage(k == null ? InstanceShrinkage.DEFAULT_K : k.doubleValue());
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid("parameter 'k': " + e.getMessage(), e);
    }
    String set = text(parameters, RUNNING_STATISTICS);
    NamedStatistics statistics =
        set == null ? catalog.active(model) : catalog.bound(model, catalog.resolve(model, set));
    return new Selection(
        ServedModel::observationPlan,
        new Normalization.InstanceAware(
            catalog.unbound(model, statistics.name()),
            statistics.normalization().rows().of(0, 1),
            shrinkage),
        ExecutionObserver.NONE,
        Map.of(
            NORMALIZATION,
            INSTANCE_AWARE,
            RUNNING_STATISTICS,
            statistics.name().toString(),
            K,
            shrinkage.k()));
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
                    switch (name) {
                      case RUNNING_STATISTICS -> ", which uses the batch's own statistics alone";
                      case K -> ": it belongs to \"instance_aware\"";
                      default -> ": it belongs to \"blend\"";
                    }));
      }
    }
  }

  private static @Nullable String routingKey(Map<String, Object> parameters) {
    String key = text(parameters, ROUTING_KEY);
    if (key != null && (key.isEmpty() || key.length() > LONGEST_ROUTING_KEY)) {
      throw new ServingException.Invalid(
          "parameter '%s' (header X-Routing-Key) must have 1 to %d characters, but has %d"
              .formatted(ROUTING_KEY, LONGEST_ROUTING_KEY, key.length()));
    }
    return key;
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
