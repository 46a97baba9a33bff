package io.norma.runningstatistics;

import io.norma.kernel.statistics.AffineParameters;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.NormalizationKind;
import io.norma.runningstatistics.StatisticsDocument.Vectors;
import io.norma.serving.EditDistance;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Whether running statistics belong to a network. */
final class LayerFit {
  private static final int NEAREST = 3;

  private LayerFit() {}

  /**
   * What is wrong, in words: missing layers, unknown ones, numbers of channels. Virtual layers may
   * be missing.
   */
  static List<String> problems(Network network, RunningStatistics statistics) {
    List<String> problems = new ArrayList<>();
    for (BatchNormalizationLayer layer : network.batchNormalizations()) {
      if (!statistics.layers().containsKey(layer.name())
          && layer.kind() != NormalizationKind.VIRTUAL) {
        problems.add("layer '" + layer.name() + "' is missing");
      }
    }
    statistics
        .layers()
        .forEach((name, layer) ->
            problems.addAll(problems(network, name, layer.mean().length, layer.variance().length)));
    return problems;
  }

  /**
   * Running statistics that fit, in the network's order; a virtual layer without any changes
   * nothing.
   */
  static RunningStatistics complete(Network network, RunningStatistics statistics) {
    Map<String, ChannelStatistics> layers = new LinkedHashMap<>();
    for (BatchNormalizationLayer layer : network.batchNormalizations()) {
      ChannelStatistics own = statistics.layers().get(layer.name());
      layers.put(layer.name(), own == null ? network.runningStatistics().layer(layer.name()) : own);
    }
    return new RunningStatistics(layers);
  }

  /**
   * γ and β that came with a layer's statistics, with the layer's own for what did not come; {@code
   * null} if that is what the layer has already, but for rounding.
   *
   * @throws IllegalArgumentException if the length does not fit or a value is not finite
   */
  static @Nullable AffineParameters affine(
      BatchNormalizationLayer layer, Vectors vectors, SourceWeights weights) {
    float[] gamma = filled(vectors.gamma());
    float[] beta = filled(vectors.beta());
    if (isOwn("gamma", layer.gamma(), gamma, weights.gamma(layer.name()))
        && isOwn("beta", layer.beta(), beta, weights.beta(layer.name()))) {
      return null;
    }
    return new AffineParameters(
        Objects.requireNonNullElse(gamma, layer.gamma()),
        Objects.requireNonNullElse(beta, layer.beta()));
  }

  /** Generated clients write a list that nobody filled as an empty one. */
  private static float @Nullable [] filled(float @Nullable [] vector) {
    return vector == null || vector.length == 0 ? null : vector;
  }

  /**
   * @param source what was given as it was written, where that is known: maybe with fewer bits
   */
  private static boolean isOwn(
      String name, float[] own, float @Nullable [] given, @Nullable SourceWeight source) {
    if (given == null) {
      return true;
    }
    if (given.length != own.length) {
      throw new IllegalArgumentException(
          "expected a %s of shape [%d], got [%d]".formatted(name, own.length, given.length));
    }
    SourceWeight weight = source == null ? SourceWeight.of(given) : source;
    return WeightDistance.between(SourceWeight.of(own), weight) == null;
  }

  /** What is wrong with vectors of these lengths for a layer of this name. */
  static List<String> problems(Network network, String name, int means, int variances) {
    for (BatchNormalizationLayer layer : network.batchNormalizations()) {
      if (layer.name().equals(name)) {
        List<String> problems = new ArrayList<>();
        int channels = layer.channels();
        if (means != channels) {
          problems.add(
              "layer '%s': expected a mean of shape [%d], got [%d]"
                  .formatted(name, channels, means));
        }
        if (variances != channels) {
          problems.add(
              "layer '%s': expected a variance of shape [%d], got [%d]"
                  .formatted(name, channels, variances));
        }
        return problems;
      }
    }
    return List.of(
        "there is no batch-normalization layer '%s'; the nearest names are %s"
            .formatted(name, nearest(network.batchNormalizations(), name)));
  }

  /** The layers' names that are most like one, quoted. */
  static String nearest(List<BatchNormalizationLayer> layers, String name) {
    Set<String> seen = new HashSet<>();
    return layers.stream()
        .map(BatchNormalizationLayer::name)
        .filter(seen::add)
        .map(candidate -> Map.entry(EditDistance.between(name, candidate), candidate))
        .sorted(Comparator.comparing(Map.Entry::getKey))
        .limit(NEAREST)
        .map(entry -> "'" + entry.getValue() + "'")
        .collect(Collectors.joining(", "));
  }
}
