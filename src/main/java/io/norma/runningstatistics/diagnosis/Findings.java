package io.norma.runningstatistics.diagnosis;

import io.norma.kernel.statistics.LayerDistance;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.network.BatchNormalizationLayer;
import io.norma.runningstatistics.diagnosis.Diagnosis.Output;
import io.norma.runningstatistics.diagnosis.Diagnosis.Training;
import io.norma.runningstatistics.diagnosis.Finding.Code;
import io.norma.runningstatistics.diagnosis.LayerDiagnosis.Chance;
import io.norma.runningstatistics.diagnosis.LayerWatch.Sight;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the numbers of a diagnosis mean, in words. What was never set explains more than what has
 * become stale, and what holds of a first layer more than what follows from it: so findings have an
 * order, the most telling first.
 */
final class Findings {
  /** A batch by whose chance means move so many deviations tells of nothing that is smaller. */
  private static final double COARSE = 0.1;

  /** A share that is left of initial values is told from here on. */
  private static final double LEFT = 0.01;

  /** From here on a share is told in whole percent. */
  private static final double MANY = 10;

  /** By so much a first layer is nearer with another order of colours if that is the right one. */
  private static final double NEARER = 4;

  /** A channel that evaluation scales so many times as much as training does explains much. */
  private static final double LARGE_GAIN = 10;

  private final List<BatchNormalizationLayer> network;
  private final RunningStatistics running;
  private final LayerWatch evaluation;
  private final @Nullable LayerWatch trained;
  private final List<LayerDiagnosis> layers;
  private final List<Output> outputs;
  private final Training training;
  private final @Nullable LayerDiagnosis reversed;

  /**
   * Of what was seen.
   *
   * @param trained {@code null} where training is not possible
   * @param layers in the order that they are used in
   * @param reversed the first of them with the colours of pictures in reverse order; {@code null}
   *     where that was not tried
   */
  Findings(
      List<BatchNormalizationLayer> network,
      RunningStatistics running,
      LayerWatch evaluation,
      @Nullable LayerWatch trained,
      List<LayerDiagnosis> layers,
      List<Output> outputs,
      Training training,
      @Nullable LayerDiagnosis reversed) {
    this.network = network;
    this.running = running;
    this.evaluation = evaluation;
    this.trained = trained;
    this.layers = layers;
    this.outputs = outputs;
    this.training = training;
    this.reversed = reversed;
  }

  List<Finding> all() {
    List<Finding> found = new ArrayList<>();
    add(found, notFinite());
    add(found, impossible());
    add(found, oneRow());
    add(found, unset());
    Finding shifted = shiftedInput();
    add(found, shifted);
    add(found, notConverged());
    Finding nearZero = nearZero();
    boolean amplifies = layers.stream().anyMatch(layer -> layer.largestGain() >= LARGE_GAIN);
    add(found, amplifies ? nearZero : null);
    add(found, stale(shifted != null));
    add(found, ownAffineParameters());
    if (trained != null) {
      add(found, new ModesFinding(layers, outputs, isOneRow()).find());
    }
    add(found, tooSmall());
    add(found, amplifies ? null : nearZero);
    return found;
  }

  private static void add(List<Finding> found, @Nullable Finding finding) {
    if (finding != null) {
      found.add(finding);
    }
  }

  static String percent(double share) {
    if (share == 0) {
      return "0 %";
    }
    return share < MANY
        ? String.format(Locale.ROOT, "%.3g %%", 100 * share)
        : String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }

  private static List<String> names(List<LayerDiagnosis> some) {
    return some.stream().map(LayerDiagnosis::layer).toList();
  }

  /** {@code 2 of 4 layers}. */
  private String share(List<LayerDiagnosis> some) {
    return "%d of %d layers".formatted(some.size(), layers.size());
  }

  private static LayerDiagnosis most(
      List<LayerDiagnosis> some, ToDoubleFunction<LayerDiagnosis> of) {
    return some.stream().max(Comparator.comparingDouble(of)).orElseThrow();
  }

  private @Nullable Finding notFinite() {
    for (boolean inTraining : new boolean[] {false, true}) {
      LayerWatch watch = inTraining ? trained : evaluation;
      for (int layer : watch == null ? List.<Integer>of() : watch.order()) {
        Sight sight = watch == null ? null : watch.sight(layer);
        int channel = sight == null ? -1 : sight.moments().firstNonFiniteChannel();
        if (channel >= 0) {
          String name = network.get(layer).name();
          return new Finding(
              Code.NOT_FINITE,
              name,
              List.of(name),
              "in %s layer '%s' gets a value that is not finite in channel %d: what follows it tells nothing; look for it in the input, or in what stands before that layer"
                  .formatted(inTraining ? "training" : "evaluation", name, channel),
              Map.of("channel", channel));
        }
      }
    }
    return null;
  }

  private @Nullable Finding impossible() {
    if (trained != null) {
      return null;
    }
    List<LayerDiagnosis> single =
        evaluation.order().stream()
            .filter(layer -> {
              Sight sight = evaluation.sight(layer);
              return sight != null && sight.fewest() < 2;
            })
            .map(layer -> byName(network.get(layer).name()))
            .toList();
    LayerDiagnosis first = single.getFirst();
    return new Finding(
        Code.BATCH_TOO_SMALL,
        first.layer(),
        names(single),
        "training needs more than 1 value per channel, and layer '%s' gets 1 of this batch: send more rows; nothing but the running statistics could be looked at"
            .formatted(first.layer()),
        Map.of("values_per_channel", 1));
  }

  private boolean isOneRow() {
    return trained != null
        && trained.order().stream()
            .map(trained::sight)
            .allMatch(sight -> sight != null && sight.chance().rows() == 1);
  }

  /** Rows tell by how they differ what chance does. */
  private @Nullable Finding oneRow() {
    return isOneRow()
        ? new Finding(
            Code.BATCH_TOO_SMALL,
            null,
            names(layers),
            "the batch has 1 row, by whose own statistics training normalizes it: what is wrong"
                + " cannot be told from what this row is; send more rows",
            Map.of("rows", 1))
        : null;
  }

  private LayerDiagnosis byName(String name) {
    return layers.stream().filter(layer -> layer.layer().equals(name)).findFirst().orElseThrow();
  }

  private @Nullable Finding unset() {
    List<LayerDiagnosis> unset = layers.stream().filter(LayerDiagnosis::unset).toList();
    if (unset.isEmpty()) {
      return null;
    }
    LayerDiagnosis most = most(unset, LayerDiagnosis::divergence);
    return new Finding(
        Code.UNSET_STATISTICS,
        most.layer(),
        names(unset),
        "the running statistics of %s have mean 0 and variance 1 throughout, as before any training: they were never set%s; load those of the checkpoint, or calibrate"
            .formatted(
                share(unset),
                most.distance() == null
                    ? ""
                    : String.format(
                        Locale.ROOT,
                        ", and this batch is %.3g nats from them in layer '%s'",
                        most.divergence(),
                        most.layer())),
        numbers(most));
  }

  /** What stands in a finding about a layer that is far. */
  private static Map<String, Number> numbers(LayerDiagnosis layer) {
    Map<String, Number> numbers = new LinkedHashMap<>();
    LayerDistance distance = layer.distance();
    Chance chance = layer.chance();
    if (distance != null) {
      put(numbers, "symmetric_kl", distance.symmetricKullbackLeibler());
      put(numbers, "largest_mean_shift", distance.largestMeanShift());
      put(numbers, "largest_variance_ratio", distance.largestVarianceRatio());
    }
    if (chance != null) {
      put(numbers, "chance_symmetric_kl", chance.symmetricKullbackLeibler());
    }
    return numbers;
  }

  static void put(Map<String, Number> numbers, String name, double value) {
    if (Double.isFinite(value)) {
      numbers.put(name, value);
    }
  }

  private @Nullable Finding shiftedInput() {
    if (layers.isEmpty() || !layers.getFirst().isFar() || layers.getFirst().unset()) {
      return null;
    }
    LayerDiagnosis first = layers.getFirst();
    LayerWatch seen = trained == null ? evaluation : trained;
    int position = BatchNormalizationLayer.indexOf(network, first.layer());
    InputScale scale =
        InputScale.of(
            network.get(position),
            running.layer(first.layer()),
            Objects.requireNonNull(seen.sight(position)).moments());
    List<LayerDiagnosis> others = layers.subList(1, layers.size());
    // In training each layer sets right what comes before it: an input alone moves the first one.
    boolean alone = others.stream().filter(LayerDiagnosis::isFar).count() * 2 <= others.size();
    boolean colours = reversed != null && reversed.divergence() * NEARER <= first.divergence();
    if (!scale.isCommon() && !colours && !alone) {
      return null;
    }
    Map<String, Number> numbers = numbers(first);
    if (colours) {
      put(numbers, "reversed_symmetric_kl", Objects.requireNonNull(reversed).divergence());
    } else if (scale.isCommon()) {
      put(numbers, "factor", scale.factor());
    }
    return new Finding(
        Code.SHIFTED_INPUT,
        first.layer(),
        List.of(first.layer()),
        String.format(
            Locale.ROOT,
            "layer '%s', the first, is %.3g nats from its running statistics already (chance alone:"
                + " %.2g), its means by up to %.3g deviations: %s",
            first.layer(),
            first.divergence(),
            Objects.requireNonNull(first.chance()).symmetricKullbackLeibler(),
            Math.abs(Objects.requireNonNull(first.distance()).largestMeanShift()),
            colours
                ? String.format(
                    Locale.ROOT,
                    "with the colours of its pictures in reverse order it would be %.3g nats, as of"
                        + " blue, green and red in place of red, green and blue",
                    Objects.requireNonNull(reversed).divergence())
                : scale.isCommon()
                    ? scale.hint()
                    : "compare how the input is scaled, the order of its channels and where it"
                        + " comes from with the training's"),
        numbers);
  }

  private @Nullable Finding notConverged() {
    Long batches = training.batches();
    if (batches == null) {
      return null;
    }
    double left = Math.pow(1 - training.momentum(), batches);
    if (left < LEFT) {
      return null;
    }
    Map<String, Number> numbers = new LinkedHashMap<>();
    numbers.put("num_batches_tracked", batches);
    numbers.put("momentum", training.momentum());
    numbers.put("initial_share", left);
    return new Finding(
        Code.MOMENTUM_NOT_CONVERGED,
        null,
        names(layers),
        String.format(
            Locale.ROOT,
            "after %d batches with momentum %.4g, %s of what running statistics begin with, mean 0"
                + " and variance 1, is still in them, (1 − momentum)^batches: train on, take a"
                + " larger momentum or none, or calibrate",
            batches,
            training.momentum(),
            percent(left)),
        numbers);
  }

  private @Nullable Finding stale(boolean firstIsTold) {
    List<LayerDiagnosis> stale =
        layers.stream()
            .filter(layer -> layer.isFar() && !layer.unset())
            .filter(layer -> !firstIsTold || !layer.equals(layers.getFirst()))
            .toList();
    if (stale.isEmpty()) {
      return null;
    }
    LayerDiagnosis most = most(stale, LayerDiagnosis::divergence);
    return new Finding(
        Code.STALE_STATISTICS,
        most.layer(),
        names(stale),
        String.format(
            Locale.ROOT,
            "the running statistics of %s are not those of what the layers get of this batch in"
                + " training, by more than chance: layer '%s' is %.3g nats from them (chance alone:"
                + " %.2g), its means by up to %.3g deviations, its variances by a factor of up to"
                + " %.3g; weights that changed since, or other data, do that: calibrate",
            share(stale),
            most.layer(),
            most.divergence(),
            Objects.requireNonNull(most.chance()).symmetricKullbackLeibler(),
            Math.abs(Objects.requireNonNull(most.distance()).largestMeanShift()),
            most.distance().largestVarianceRatio()),
        numbers(most));
  }

  private @Nullable Finding nearZero() {
    List<LayerDiagnosis> some =
        layers.stream().filter(layer -> layer.nearZeroVariances() > 0).toList();
    if (some.isEmpty()) {
      return null;
    }
    LayerDiagnosis most =
        some.stream()
            .max(
                Comparator.comparingDouble(LayerDiagnosis::largestGain)
                    .thenComparingInt(LayerDiagnosis::nearZeroVariances))
            .orElseThrow();
    int channels = some.stream().mapToInt(LayerDiagnosis::nearZeroVariances).sum();
    Map<String, Number> numbers = new LinkedHashMap<>();
    numbers.put("channels", channels);
    put(numbers, "largest_gain", most.largestGain());
    return new Finding(
        Code.NEAR_ZERO_VARIANCE,
        most.layer(),
        names(some),
        String.format(
            Locale.ROOT,
            "%d channels in %s have a running variance below epsilon, so that evaluation divides by"
                + " little more than its root: %s",
            channels,
            share(some),
            most.largestGain() >= LARGE_GAIN
                ? String.format(
                    Locale.ROOT,
                    "in layer '%s' it scales one %.3g times as much as training does, for it varies"
                        + " in this batch",
                    most.layer(),
                    most.largestGain())
                : "they hardly vary in this batch either, and do no harm while that is so"),
        numbers);
  }

  private @Nullable Finding ownAffineParameters() {
    List<LayerDiagnosis> own =
        layers.stream().filter(layer -> running.layer(layer.layer()).affine() != null).toList();
    return own.isEmpty()
        ? null
        : new Finding(
            Code.OWN_GAMMA_AND_BETA,
            own.getFirst().layer(),
            names(own),
            "the set brings gamma and beta of its own for %s, by which evaluation normalizes; training has the network's"
                .formatted(share(own)),
            Map.of());
  }

  private @Nullable Finding tooSmall() {
    List<LayerDiagnosis> coarse =
        layers.stream()
            .filter(layer -> layer.chance() != null && layer.chance().meanShift() >= COARSE)
            .toList();
    if (trained == null || coarse.isEmpty()) {
      return null;
    }
    LayerDiagnosis most = most(coarse, layer -> Objects.requireNonNull(layer.chance()).meanShift());
    double shift = Objects.requireNonNull(most.chance()).meanShift();
    Map<String, Number> numbers = new LinkedHashMap<>();
    numbers.put("values_per_channel", most.valuesPerChannel());
    put(numbers, "chance_mean_shift", shift);
    return new Finding(
        Code.BATCH_TOO_SMALL,
        most.layer(),
        names(coarse),
        String.format(
            Locale.ROOT,
            "chance alone moves the means of this batch by %.2g deviations in layer '%s', which"
                + " gets %d values per channel, and training normalizes by them: what differs by"
                + " less tells nothing; about %.0f times as many rows would make it %.2g",
            shift,
            most.layer(),
            most.valuesPerChannel(),
            Math.ceil(Math.pow(2 * shift / COARSE, 2)),
            COARSE / 2),
        numbers);
  }
}
