package io.norma.runningstatistics.diagnosis;

import io.norma.inference.InferenceService;
import io.norma.inference.NormalizationSelector;
import io.norma.inference.NormalizationSelector.Selection;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.PooledEstimate;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.ExecutionObserver;
import io.norma.network.Normalization;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.RunningStatisticsService;
import io.norma.runningstatistics.diagnosis.Diagnosis.Output;
import io.norma.runningstatistics.diagnosis.Diagnosis.Training;
import io.norma.runningstatistics.diagnosis.LayerWatch.Sight;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Says of a batch why a network answers it otherwise in training than in evaluation. It is run
 * three times: by running statistics, by its own, and by those that calibrating with it gives; once
 * more where its colours may be in the wrong order. Nothing is kept of it.
 */
public final class DiagnosisService {
  private static final String NORMALIZATION = "normalization";

  private final ModelRepository repository;
  private final InferenceService inference;
  private final RunningStatisticsService statistics;

  DiagnosisService(
      ModelRepository repository, InferenceService inference, RunningStatisticsService statistics) {
    this.repository = repository;
    this.inference = inference;
    this.statistics = statistics;
  }

  /**
   * Makes sure, before a batch is read, that there is something to look at.
   *
   * @throws ServingException if there is no such model, it is not ready, or it has no batch
   *     normalization
   */
  public void require(String model, @Nullable Long version) {
    get(model, version);
  }

  private ServedModel get(String model, @Nullable Long version) {
    ServedModel served = repository.get(model, version);
    if (served.network().batchNormalizations().isEmpty()) {
      throw new ServingException.Invalid(
          "model '%s' version %d has no batch normalization: training and evaluation do not differ by any"
              .formatted(served.name(), served.version()));
    }
    return served;
  }

  /**
   * Looks at a batch.
   *
   * @param request its parameter {@code running_statistics} names what evaluation normalizes by,
   *     else it is what is active; what says otherwise how to normalize is refused
   * @param training what the caller knows of it
   * @throws ServingException if the batch does not fit the model, or there is no such set
   */
  public Diagnosis diagnose(
      String model, @Nullable Long version, InferenceRequest request, Training training) {
    ServedModel served = get(model, version);
    RevisionName name = name(served, request);
    RunningStatistics running =
        statistics.get(served.name(), served.version(), name.toString()).statistics();
    List<BatchNormalizationLayer> layers = served.network().batchNormalizations();
    LayerWatch evaluation = new LayerWatch(layers, running);
    List<Tensor> evaluated =
        run(served, request, new Normalization.Frozen(served.bind(running)), evaluation);
    LayerWatch trained = null;
    List<Output> outputs = List.of();
    if (evaluation.order().stream().noneMatch(layer -> isSingle(evaluation.sight(layer)))) {
      trained = new LayerWatch(layers, null);
      List<Tensor> trainedOutputs = run(served, request, new Normalization.Batch(), trained);
      outputs =
          outputs(
              served,
              evaluated,
              calibrated(served, request, running, trained),
              trainedOutputs,
              served.rows(request));
    }
    List<LayerDiagnosis> diagnoses = new ArrayList<>();
    LayerWatch seen = trained == null ? evaluation : trained;
    for (int layer : seen.order()) {
      Sight sight = seen.sight(layer);
      if (sight != null) {
        diagnoses.add(
            LayerDiagnosis.of(
                layers.get(layer),
                running.layer(layers.get(layer).name()),
                sight,
                trained == null ? null : difference(evaluation.sight(layer), sight)));
      }
    }
    return new Diagnosis(
        served.name(),
        served.version(),
        name,
        served.rows(request),
        new Findings(
                layers,
                running,
                evaluation,
                trained,
                diagnoses,
                outputs,
                training,
                reversed(served, request, running, diagnoses))
            .all(),
        diagnoses,
        outputs);
  }

  /** The first layer again, where it is far, with the colours of pictures in reverse order. */
  private @Nullable LayerDiagnosis reversed(
      ServedModel model,
      InferenceRequest request,
      RunningStatistics running,
      List<LayerDiagnosis> layers) {
    InferenceRequest other = ReversedChannels.of(request);
    if (other == null || layers.isEmpty() || !layers.getFirst().isFar()) {
      return null;
    }
    List<BatchNormalizationLayer> network = model.network().batchNormalizations();
    int first = BatchNormalizationLayer.indexOf(network, layers.getFirst().layer());
    LayerWatch watch = new LayerWatch(network, running);
    run(model, other, new Normalization.Frozen(model.bind(running)), watch);
    Sight sight = watch.sight(first);
    return sight == null
        ? null
        : LayerDiagnosis.of(
            network.get(first), running.layer(network.get(first).name()), sight, null);
  }

  private static boolean isSingle(@Nullable Sight sight) {
    return sight != null && sight.fewest() < 2;
  }

  private RevisionName name(ServedModel model, InferenceRequest request) {
    Map<String, Object> parameters = request.parameters();
    Object mode = parameters.getOrDefault(NORMALIZATION, "frozen");
    if (!mode.equals("frozen") && !mode.equals("batch")) {
      throw new ServingException.Invalid(
          "parameter 'normalization' of a diagnosis, which holds \"frozen\" and \"batch\" against each other, must be one of these or not there, but is \"%s\""
              .formatted(mode));
    }
    return switch (parameters.get(NormalizationSelector.RUNNING_STATISTICS)) {
      case null -> statistics.active(model.name(), model.version()).split().primary();
      case String set -> statistics.metadata(model.name(), model.version(), set).name();
      case Object other ->
          throw new ServingException.Invalid(
              "parameter 'running_statistics' must be text, but is " + other);
    };
  }

  private List<Tensor> run(
      ServedModel model,
      InferenceRequest request,
      Normalization normalization,
      ExecutionObserver observer) {
    return inference.run(
        model,
        request,
        new Selection(ServedModel::observationPlan, normalization, observer, Map.of()));
  }

  /**
   * The answers by what a calibration of this one batch would publish, with unbiased variances as
   * it has them if nothing is said; {@code null} if it would not publish anything.
   */
  private @Nullable List<Tensor> calibrated(
      ServedModel model, InferenceRequest request, RunningStatistics running, LayerWatch trained) {
    List<BatchNormalizationLayer> layers = model.network().batchNormalizations();
    SequencedMap<String, ChannelStatistics> estimates = new LinkedHashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      Sight sight = trained.sight(i);
      String layer = layers.get(i).name();
      if (sight == null) {
        estimates.put(layer, running.layer(layer));
        continue;
      }
      ChannelMoments moments = sight.moments();
      if (moments.firstNonFiniteChannel() >= 0) {
        return null;
      }
      try {
        estimates.put(layer, new PooledEstimate(moments, VarianceConvention.UNBIASED).statistics());
      } catch (IllegalArgumentException _) {
        return null;
      }
    }
    return run(
        model,
        request,
        new Normalization.Frozen(model.bind(new RunningStatistics(estimates))),
        ExecutionObserver.NONE);
  }

  private static List<Output> outputs(
      ServedModel model,
      List<Tensor> evaluated,
      @Nullable List<Tensor> calibrated,
      List<Tensor> trained,
      int rows) {
    List<Output> outputs = new ArrayList<>();
    for (int i = 0; i < evaluated.size(); i++) {
      Tensor before = evaluated.get(i);
      Tensor after = trained.get(i);
      Tensor between = calibrated == null ? null : calibrated.get(i);
      outputs.add(
          new Output(
              model.network().outputs().get(i).name(),
              OutputDifference.between(before, after, rows),
              between == null ? null : OutputDifference.between(before, between, rows),
              between == null ? null : OutputDifference.between(between, after, rows)));
    }
    return outputs;
  }

  private static @Nullable Double difference(@Nullable Sight evaluation, Sight training) {
    if (evaluation == null || evaluation.size() != training.size()) {
      return null;
    }
    double squares = 0;
    double size = 0;
    for (int i = 0; i < training.outputs().length; i++) {
      double value = training.outputs()[i];
      double difference = value - evaluation.outputs()[i];
      squares += difference * difference;
      size += value * value;
    }
    double relative = OutputDifference.relative(squares, size);
    return Double.isFinite(relative) ? relative : null;
  }
}
