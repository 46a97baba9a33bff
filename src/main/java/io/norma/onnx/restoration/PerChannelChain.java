package io.norma.onnx.restoration;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.Ranks;
import io.norma.network.TensorMetadata;
import io.norma.onnx.AffineChain;
import io.norma.onnx.ChannelAxis;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Nodes that compute {@code y = s·x + t} with one s and t per channel: what is left of a batch
 * normalization whose constants an exporter has folded, {@code s = γ/√(σ²+ε)} and {@code t = β −
 * μ·s}.
 *
 * @param channels where x has its channels; {@code null} if that is not known
 * @param scale s per channel
 * @param shift t per channel
 */
record PerChannelChain(
    AffineChain nodes,
    @Nullable ChannelAxis channels,
    double[] scale,
    float[] shift,
    Precision precision) {
  /** Those of a network, in its order. */
  static List<PerChannelChain> of(Network network) {
    Map<String, Tensor> constants = network.constants();
    Ranks ranks = Ranks.of(network);
    List<String> outputs = network.outputs().stream().map(TensorMetadata::name).toList();
    Map<Node, AffineChain> ends = AffineChain.of(network.nodes(), outputs, constants::containsKey);
    List<PerChannelChain> chains = new ArrayList<>();
    for (Node node : network.nodes()) {
      AffineChain nodes = ends.get(node);
      PerChannelChain chain =
          nodes == null ? null : new Reader(constants).read(nodes, ranks.rank(nodes.x()));
      if (chain != null) {
        chains.add(chain);
      }
    }
    return chains;
  }

  /** Its name is that of its last node. */
  String name() {
    return nodes.end().name();
  }

  int count() {
    return scale.length;
  }

  /** The factors as multiples of ones, as if x were scaled by weights of one element. */
  Scales scales() {
    double[] ones = new double[scale.length];
    double[] sizes = new double[scale.length];
    for (int c = 0; c < scale.length; c++) {
      ones[c] = 1;
      sizes[c] = Math.abs(scale[c]);
    }
    return new Scales(scale, ones, sizes, false);
  }

  /** Reads the constants of one chain, which agree in where they have their channels. */
  private static final class Reader {
    private static final int UNKNOWN = -1;
    private final Map<String, Tensor> constants;
    private int count = 1;
    private int fromEnd = UNKNOWN;
    private int mostAxes;
    private boolean agree = true;
    private @Nullable Precision finest;

    Reader(Map<String, Tensor> constants) {
      this.constants = constants;
    }

    @Nullable PerChannelChain read(AffineChain chain, int rank) {
      chain.factors().forEach(factor -> look(factor.constant()));
      boolean isPerChannel = count > 1;
      look(chain.mean());
      look(chain.shift());
      if (!isPerChannel || !agree) {
        return null;
      }
      double[] scale = new double[count];
      float[] shift = new float[count];
      boolean isShifted = false;
      for (int c = 0; c < count; c++) {
        double s = 1;
        for (AffineChain.Factor factor : chain.factors()) {
          double element = element(factor.constant(), c);
          s = factor.divides() ? s / element : s * element;
        }
        scale[c] = s;
        shift[c] = (float) (element(chain.shift(), c) - element(chain.mean(), c) * s);
        isShifted |= shift[c] != 0;
      }
      int axis = rank - 1 - fromEnd;
      boolean isKnown = rank != Ranks.UNKNOWN && mostAxes <= rank && axis >= 1;
      // Factors alone are too few numbers to tell how they were rounded.
      Precision precision = isShifted && finest != null ? finest : Precision.SINGLE;
      return new PerChannelChain(
          chain, isKnown ? new ChannelAxis(rank, axis) : null, scale, shift, precision);
    }

    private void look(@Nullable String name) {
      Tensor constant = name == null ? null : constants.get(name);
      if (constant == null || constant.dataType() != DataType.FP32) {
        agree &= name == null;
        return;
      }
      mostAxes = Math.max(mostAxes, constant.shape().rank());
      if (constant.size() == 1) {
        return;
      }
      int axis = ChannelAxis.fromEnd(constant.shape());
      agree &= axis >= 0 && (count == 1 || (constant.size() == count && axis == fromEnd));
      count = constant.size();
      fromEnd = axis;
      Precision precision = Precision.of(constant);
      if (finest == null || precision.tolerance() < finest.tolerance()) {
        finest = precision;
      }
    }

    /** Of what is not there, 0. */
    private double element(@Nullable String name, int channel) {
      Tensor constant = name == null ? null : constants.get(name);
      return constant == null
          ? 0
          : constant.floats()[constant.offset() + (constant.size() == 1 ? 0 : channel)];
    }
  }
}
