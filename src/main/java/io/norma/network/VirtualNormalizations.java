package io.norma.network;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Batch normalizations that stand in for ones that an exporter folded away. A layer's output still
 * shows what it was: with the moments (μ_s, σ_s) of each channel on source data and (μ_t, σ_t) on
 * other, {@code y' = (y − μ_t)·σ_s/σ_t + μ_s}. That is a batch normalization with γ = σ_s and β =
 * μ_s, whose running statistics by default are the source's own: with them it is the identity, and
 * no bit of what the network computes is another than without it.
 */
public final class VirtualNormalizations {
  private static final String SUFFIX = ".virtual";

  /** What is shown as a name must be one that can be stored. */
  private static final int LONGEST_NAME = 512 - SUFFIX.length() - 8;

  private VirtualNormalizations() {}

  /**
   * Names of the convolutions and dense layers behind which one belongs by default: those that have
   * a bias and no batch normalization behind them, and are followed by an activation, an addition
   * or a pooling. Not the last layer before an output, nor one that works on means of maps, as the
   * gates of squeeze-and-excitation do. Where maps are one pixel for another reason only a run
   * tells: {@link #isOnePixel(Shape)}.
   */
  public static List<String> candidates(Network network) {
    return new VirtualCandidates(network)
        .byDefault().stream().map(layer -> layer.node().name()).toList();
  }

  /** Whether a value of this shape, (N, C, D₁, …), has maps of one pixel. */
  public static boolean isOnePixel(Shape x) {
    return x.rank() > 2 && x.size(2, x.rank()) == 1;
  }

  /**
   * What a virtual batch normalization behind a layer is called: the same whenever the network is
   * loaded.
   *
   * @param node name of the layer
   */
  public static String layerName(Network network, String node) {
    Set<String> taken = new HashSet<>();
    network.batchNormalizations().forEach(layer -> taken.add(layer.name()));
    boolean storable =
        node.length() <= LONGEST_NAME && node.chars().noneMatch(Character::isISOControl);
    String name = (storable ? node : position(network, node)) + SUFFIX;
    String candidate = name;
    for (int i = 2; taken.contains(candidate); i++) {
      candidate = name + "_" + i;
    }
    return candidate;
  }

  private static String position(Network network, String name) {
    List<Node> nodes = network.nodes();
    int at = 0;
    while (!nodes.get(at).name().equals(name)) {
      at++;
    }
    return nodes.get(at).operator() + "_" + at;
  }

  /**
   * The network with identities behind these layers, to take reference moments by.
   *
   * @param names of convolutions and dense layers
   * @throws IllegalArgumentException if there is none of a name, or no batch normalization can
   *     stand behind it
   */
  public static Network insert(Network network, Collection<String> names) {
    Map<String, BatchNormalizationLayer> layers = new LinkedHashMap<>();
    Map<String, ChannelStatistics> statistics = new HashMap<>();
    for (WeightedLayer layer : new VirtualCandidates(network).named(names)) {
      float[] ones = new float[layer.channels()];
      float[] zeros = new float[layer.channels()];
      Arrays.fill(ones, 1);
      String name = layerName(network, layer.node().name());
      // 1/√(1+ε) is 1 as a float.
      layers.put(
          layer.node().name(),
          new BatchNormalizationLayer(name, ones, zeros, 1e-12, NormalizationKind.VIRTUAL));
      statistics.put(name, new ChannelStatistics(zeros, ones));
    }
    return insert(network, layers, statistics);
  }

  /**
   * The network with batch normalizations behind layers, by the moments of their outputs on
   * reference data. Their running statistics are these moments; in the last bits the variances are
   * such that they change nothing.
   *
   * @param reference mean and variance per channel, by the names of the convolutions and dense
   *     layers
   * @throws IllegalArgumentException if there is no layer of a name, if no batch normalization can
   *     stand behind it, or if it has another number of channels
   */
  public static Network insert(Network network, Map<String, ChannelStatistics> reference) {
    Map<String, BatchNormalizationLayer> layers = new LinkedHashMap<>();
    Map<String, ChannelStatistics> statistics = new HashMap<>();
    for (WeightedLayer layer : new VirtualCandidates(network).named(reference.keySet())) {
      String node = layer.node().name();
      ChannelStatistics moments = reference.get(node);
      if (moments == null || moments.channels() != layer.channels()) {
        throw new IllegalArgumentException(
            "layer '%s' has %d channels, but its reference moments have %d"
                .formatted(node, layer.channels(), moments == null ? 0 : moments.channels()));
      }
      IdentityNormalization identity = IdentityNormalization.of(moments);
      String name = layerName(network, node);
      layers.put(
          node,
          new BatchNormalizationLayer(
              name,
              identity.gamma(),
              identity.statistics().mean(),
              identity.epsilon(),
              NormalizationKind.VIRTUAL));
      statistics.put(name, identity.statistics());
    }
    return insert(network, layers, statistics);
  }

  /**
   * Moments as the statistics that {@link #insert(Network, Map)} takes, the variance by the
   * network's convention, so that a calibration on the same data gives the same.
   *
   * @throws IllegalArgumentException if a value was not finite, or there were too few
   */
  public static ChannelStatistics reference(Network network, ChannelMoments moments) {
    double[] variance;
    try {
      variance = network.varianceConvention().variance(moments);
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    float[] mean = new float[moments.channels()];
    float[] rounded = new float[moments.channels()];
    for (int c = 0; c < mean.length; c++) {
      mean[c] = (float) moments.mean()[c];
      rounded[c] = (float) variance[c];
    }
    return new ChannelStatistics(mean, rounded);
  }

  private static Network insert(
      Network network,
      Map<String, BatchNormalizationLayer> behind,
      Map<String, ChannelStatistics> added) {
    Map<String, BatchNormalizationLayer> layers = new HashMap<>();
    Map<String, ChannelStatistics> statistics = new HashMap<>(added);
    network.batchNormalizations().forEach(layer -> layers.put(layer.name(), layer));
    statistics.putAll(network.runningStatistics().layers());
    behind.values().forEach(layer -> layers.put(layer.name(), layer));
    return network.with(
        new Insertion(network, behind).nodes(),
        network.constants(),
        layers,
        statistics,
        network.varianceConvention());
  }

  /**
   * Puts nodes behind layers: they make the values that the layers made, of what these make now.
   */
  private static final class Insertion {
    private final Network network;
    private final Map<String, BatchNormalizationLayer> byValue = new HashMap<>();
    private final Set<String> values;
    private final Set<String> names = new HashSet<>();

    Insertion(Network network, Map<String, BatchNormalizationLayer> behind) {
      this.network = network;
      for (WeightedLayer layer : WeightedLayer.of(network)) {
        BatchNormalizationLayer normalization = behind.get(layer.node().name());
        if (normalization != null) {
          byValue.put(layer.output(), normalization);
        }
      }
      values = new HashSet<>(network.constants().keySet());
      network.inputs().forEach(input -> values.add(input.name()));
      for (Node node : network.nodes()) {
        values.addAll(node.outputs());
        names.add(node.name());
      }
    }

    List<Node> nodes() {
      List<Node> nodes = new ArrayList<>();
      for (Node node : network.nodes()) {
        String y = node.outputs().isEmpty() ? "" : node.outputs().getFirst();
        BatchNormalizationLayer layer = byValue.get(y);
        if (layer == null) {
          nodes.add(node);
          continue;
        }
        String x = unique(y + ".unnormalized", values);
        nodes.add(new Node(node.name(), node.operator(), node.layer(), node.inputs(), List.of(x)));
        nodes.add(Node.batchNormalization(unique(layer.name(), names), x, y, layer.name()));
      }
      return nodes;
    }

    private static String unique(String name, Set<String> taken) {
      String candidate = name;
      for (int i = 2; !taken.add(candidate); i++) {
        candidate = name + "_" + i;
      }
      return candidate;
    }
  }
}
