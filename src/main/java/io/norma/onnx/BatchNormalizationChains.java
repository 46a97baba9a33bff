package io.norma.onnx;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Node;
import io.norma.network.Ranks;
import io.norma.onnx.ImportWarning.Code;
import io.norma.onnx.file.FileNode;
import io.norma.onnx.proto.NodeProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalizations that a file writes as arithmetic, as Keras ({@code (x − μ) · s + β}) and
 * torchvision's frozen ones ({@code x · s + t}) do, s being {@code γ/√(σ² + ε)} and t {@code β − μ
 * · s}: recognised where all of μ, σ², ε, γ and β are there, and made batch normalizations that are
 * bound late. Where constants were folded, γ and σ² cannot be told apart, and nothing is changed.
 */
final class BatchNormalizationChains {
  /** ONNX's default, 1 − 0.9: such a chain says nothing of updates. */
  private static final double MOMENTUM = 0.1;

  private final ConstantOrigins origins;
  private final Map<String, Integer> declaredRanks;
  private final BatchNormalizations batchNormalizations;
  private final LayerNames layerNames;
  private final Warnings warnings;

  /**
   * @param declaredRanks how many axes values have, as far as the file says it
   */
  BatchNormalizationChains(
      ConstantOrigins origins,
      Map<String, Integer> declaredRanks,
      BatchNormalizations batchNormalizations,
      LayerNames layerNames,
      Warnings warnings) {
    this.origins = origins;
    this.declaredRanks = declaredRanks;
    this.batchNormalizations = batchNormalizations;
    this.layerNames = layerNames;
    this.warnings = warnings;
  }

  /**
   * Parameters of a batch normalization per channel.
   *
   * @param fromEnd where the axis of channels stands, counted from the last axis
   */
  private record Parameters(
      float[] gamma,
      float[] beta,
      float[] mean,
      float[] variance,
      double epsilon,
      int fromEnd,
      List<String> names) {}

  /**
   * Puts batch normalizations in place of the chains that are one.
   *
   * @param inputs what requests bring
   * @param outputs what the network gives out
   */
  void bind(List<Node> nodes, Set<String> inputs, List<String> outputs) {
    AffineChain.Finder finder =
        new AffineChain.Finder(nodes, outputs, name -> origins.tensor(name) != null);
    List<Node> written = List.copyOf(nodes);
    nodes.clear();
    Ranks ranks = Ranks.of(written, origins::tensor, declaredRanks);
    Map<Node, AffineChain> chains = AffineChain.of(written, finder);
    for (Node node : written) {
      AffineChain chain = chains.get(node);
      Parameters parameters = chain == null ? null : parameters(chain);
      int rank = chain == null ? Ranks.UNKNOWN : ranks.rank(chain.x());
      int axis = parameters == null ? -1 : rank - 1 - parameters.fromEnd;
      if (chain != null && parameters != null && axis >= 1) {
        nodes.addAll(bound(chain, parameters, rank, axis));
        continue;
      }
      if (chain != null && parameters == null && isFolded(chain, finder, inputs)) {
        warnings.add(Code.BATCH_NORMALIZATION_INSEPARABLE, node.name());
      }
      nodes.add(node);
    }
  }

  private @Nullable Parameters parameters(AffineChain chain) {
    NormalizationScale scale = NormalizationScale.of(chain.factors(), origins);
    if (scale == null) {
      return null;
    }
    int channels = scale.variance().length;
    String name = chain.end().name();
    NormalizationOffset offset =
        chain.mean() == null
            ? NormalizationOffset.of(chain.shift(), scale, origins)
            : new NormalizationOffset(chain.mean(), chain.shift());
    if (offset == null || channels < 2) {
      return null;
    }
    float[] mean = origins.elements(offset.mean());
    float[] beta = offset.beta() == null ? new float[channels] : origins.elements(offset.beta());
    float[] gamma = perChannel(scale.gamma(), channels);
    int fromEnd = axisFromEnd(chain.factors().getFirst().constant(), channels);
    if (mean == null
        || beta == null
        || gamma == null
        || mean.length != channels
        || beta.length != channels
        || !isAlong(chain, fromEnd, channels)
        || !isWhatItsPartsMake(chain, scale)) {
      return null;
    }
    List<String> names =
        List.of(
            scale.gammaName().isEmpty() ? name + ".gamma" : scale.gammaName(),
            offset.beta() == null ? name + ".beta" : origins.source(offset.beta()),
            origins.source(offset.mean()),
            scale.varianceName());
    return new Parameters(gamma, beta, mean, scale.variance(), scale.epsilon(), fromEnd, names);
  }

  /** Whether what is subtracted and added stands along the same axis as the factor. */
  private boolean isAlong(AffineChain chain, int fromEnd, int channels) {
    boolean mean = chain.mean() == null || axisFromEnd(chain.mean(), channels) == fromEnd;
    boolean shift = chain.shift() == null || axisFromEnd(chain.shift(), channels) == fromEnd;
    return fromEnd >= 0 && mean && shift;
  }

  /** Whether the factors, as they are computed with, are {@code γ/√(σ² + ε)}. */
  private boolean isWhatItsPartsMake(AffineChain chain, NormalizationScale scale) {
    for (int c = 0; c < scale.variance().length; c++) {
      double product = 1;
      for (AffineChain.Factor factor : chain.factors()) {
        float[] elements = origins.elements(factor.constant());
        if (elements == null) {
          return false;
        }
        double element = elements[elements.length == 1 ? 0 : c];
        product = factor.divides() ? product / element : product * element;
      }
      if (!scale.isClose(c, product)) {
        return false;
      }
    }
    return true;
  }

  private static float @Nullable [] perChannel(float[] gamma, int channels) {
    if (gamma.length == channels) {
      return gamma;
    }
    if (gamma.length > 1) {
      return null;
    }
    float[] same = new float[channels];
    Arrays.fill(same, gamma.length == 0 ? 1 : gamma[0]);
    return same;
  }

  /** Where a constant per channel has its channels, from the last axis on, or −1. */
  private int axisFromEnd(@Nullable String constant, int channels) {
    Tensor tensor = constant == null ? null : origins.tensor(constant);
    if (tensor == null || tensor.size() != channels) {
      return -1;
    }
    return ChannelAxis.fromEnd(tensor.shape());
  }

  /** The batch normalization, between transpositions where its channels are not axis 1. */
  private List<Node> bound(AffineChain chain, Parameters parameters, int rank, int axis) {
    Node end = chain.end();
    String y = end.outputs().getFirst();
    FileNode node =
        new FileNode(
            NodeProto.newBuilder().setOpType("BatchNormalization").setName(end.name()).build(), 0);
    List<Tensor> tensors = new ArrayList<>();
    for (float[] values :
        List.of(parameters.gamma, parameters.beta, parameters.mean, parameters.variance)) {
      tensors.add(Tensor.of(Shape.of(values.length), values));
    }
    String layer =
        batchNormalizations.add(node, parameters.names, tensors, parameters.epsilon, MOMENTUM);
    warnings.add(Code.BATCH_NORMALIZATION_RECOGNIZED, layer);
    return ChannelAxis.normalization(
        layerNames.of(node, parameters.names),
        chain.x(),
        y,
        layer,
        new ChannelAxis(rank, axis),
        layerNames::unique);
  }

  /** Whether a chain looks like a batch normalization whose constants were folded. */
  private boolean isFolded(AffineChain chain, AffineChain.Finder finder, Set<String> inputs) {
    String shift = chain.shift();
    Node below = finder.maker(chain.x());
    if (shift == null || below == null || inputs.contains(chain.x())) {
      return false;
    }
    Tensor added = origins.tensor(shift);
    int channels = added == null ? 0 : added.size();
    boolean perChannel =
        channels > 1
            && axisFromEnd(shift, channels) >= 0
            && axisFromEnd(shift, channels)
                == axisFromEnd(chain.factors().getFirst().constant(), channels);
    boolean follows =
        chain.mean() == null
            ? below.operator().startsWith("Conv")
            : axisFromEnd(chain.mean(), channels) == axisFromEnd(shift, channels);
    return perChannel && follows;
  }
}
