package io.norma.network.compile;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.convolution.BlockedConvolution;
import io.norma.kernel.compute.matrix.DenseProduct;
import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.Concat;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.GlobalAveragePool;
import io.norma.kernel.layer.Identity;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.MatMul;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.layer.Reduction;
import io.norma.kernel.layer.support.ReductionKind;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.ValueUses;
import io.norma.network.steps.BatchNormalizationStep;
import io.norma.network.steps.BlockedNormalizationStep;
import io.norma.network.steps.BlockedPoolingStep;
import io.norma.network.steps.BlockedProductStep;
import io.norma.network.steps.BlockedResizeStep;
import io.norma.network.steps.EpilogueParameters;
import io.norma.network.steps.FusedConvolutionStep;
import io.norma.network.steps.FusedDenseStep;
import io.norma.network.steps.GeometryCache;
import io.norma.network.steps.GlobalAverageStep;
import io.norma.network.steps.LayerStep;
import io.norma.network.steps.Step;
import io.norma.network.steps.StepSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lays a network out as few steps: {@link Chain}s become one step each, and maps stay in blocks
 * from the first convolution to the last layer that can read blocks.
 */
final class FusingCompiler {
  private final Network network;
  private final WeightFormat weightFormat;
  private final List<Step> steps = new ArrayList<>();
  private final LayoutAssignment layouts = new LayoutAssignment(steps);
  private final Set<Node> taken = Collections.newSetFromMap(new IdentityHashMap<>());
  private final IdentityHashMap<Node, Chain> chainsByLast = new IdentityHashMap<>();
  private final ValueUses uses;
  private final Chain.Matcher matcher;

  /** Matrices that go from one dense step to the next in blocks. */
  private final Set<String> matricesInBlocks = new HashSet<>();

  /**
   * @param weightFormat how the weights of dense layers are kept
   */
  FusingCompiler(Network network, WeightFormat weightFormat) {
    this.network = network;
    this.weightFormat = weightFormat;
    this.uses = new ValueUses(network);
    this.matcher = new Chain.Matcher(network, uses, taken);
  }

  List<Step> steps() {
    for (Node node : network.nodes()) {
      if (!taken.contains(node)) {
        Chain chain = chain(node);
        if (chain == null) {
          add(node);
          continue;
        }
        taken.addAll(chain.nodes());
        chainsByLast.put(chain.last(), chain);
      }
      Chain ending = chainsByLast.get(node);
      if (ending != null) {
        add(ending);
      }
    }
    network.outputs().forEach(output -> layouts.inPlanes(output.name()));
    return steps;
  }

  /** The chain that a node is the head of, or {@code null} if it stands alone. */
  private @Nullable Chain chain(Node node) {
    Tensor weights = weights(node);
    if (weights != null) {
      boolean convolves = node.layer() instanceof Convolution;
      boolean outputsFirst = convolves || outputsFirst(node);
      return matcher.match(node, weights.shape().dimension(outputsFirst ? 0 : 1), convolves);
    }
    if (node.batchNormalization() != null) {
      return matcher.match(node, batchNormalization(node).channels(), false);
    }
    return null;
  }

  /** The weights of a layer that can be packed, or {@code null}. */
  private @Nullable Tensor weights(Node node) {
    return switch (node.layer()) {
      case Convolution convolution -> {
        Tensor w = Chain.constant(network.constants(), node, 1, 4);
        boolean wholeGroups = w != null && w.shape().dimension(0) % convolution.groups() == 0;
        yield w != null && w.size() > 0 && wholeGroups && fitsBias(node, w, 0) ? w : null;
      }
      case Dense dense -> {
        Tensor w = Chain.constant(network.constants(), node, 1, 2);
        boolean plain = dense.alpha() == 1 && dense.beta() == 1 && !dense.transposeA();
        int axis = dense.transposeB() ? 0 : 1;
        yield w != null && w.size() > 0 && plain && fitsBias(node, w, axis) ? w : null;
      }
      case MatMul _ -> {
        Tensor w = Chain.constant(network.constants(), node, 1, 2);
        yield w != null && w.size() > 0 ? w : null;
      }
      default -> null;
    };
  }

  /** Whether the weights of a dense layer or matrix product are (M, K) and not (K, M). */
  private static boolean outputsFirst(Node node) {
    return node.layer() instanceof Dense dense && dense.transposeB();
  }

  /** Whether the third input is absent, or a constant that is one value per output. */
  private boolean fitsBias(Node node, Tensor weights, int outputAxis) {
    return node.inputs().size() < 3
        || node.inputs().get(2).isEmpty()
        || ownBias(node, weights.shape().dimension(outputAxis)) != null;
  }

  /**
   * What a convolution or dense layer itself adds to each output, {@code null} if that is nothing
   * or not one value per output. A dense layer's c broadcasts: one value may stand for all outputs.
   */
  private float @Nullable [] ownBias(Node node, int outputs) {
    Tensor c = node.inputs().size() < 3 ? null : network.constants().get(node.inputs().get(2));
    if (c == null || c.dataType() != DataType.FP32) {
      return null;
    }
    boolean broadcasts = node.layer() instanceof Dense;
    if (c.shape().equals(Shape.of(outputs))
        || (broadcasts && c.shape().equals(Shape.of(1, outputs)))) {
      return c.toFloatArray();
    }
    if (!broadcasts || c.size() != 1 || c.shape().rank() > 2) {
      return null;
    }
    float[] repeated = new float[outputs];
    Arrays.fill(repeated, c.floats()[c.offset()]);
    return repeated;
  }

  /** The bias of a chain's head plus what is added right behind it. */
  private float @Nullable [] bias(Chain chain, int outputs) {
    float[] own = ownBias(chain.head(), outputs);
    Tensor added = chain.bias();
    if (added == null) {
      return own;
    }
    float[] sum = added.toFloatArray();
    for (int c = 0; own != null && c < sum.length; c++) {
      sum[c] += own[c];
    }
    return sum;
  }

  private BatchNormalizationLayer batchNormalization(Node node) {
    return network.batchNormalizations().get(index(node));
  }

  private int index(Node node) {
    return BatchNormalizationLayer.indexOf(
        network.batchNormalizations(), Objects.requireNonNull(node.batchNormalization()));
  }

  private EpilogueParameters parameters(Chain chain, int channels) {
    Node normalization = chain.normalization();
    return new EpilogueParameters(
        channels,
        bias(chain, channels),
        normalization == null ? EpilogueParameters.NONE : index(normalization),
        chain.activation());
  }

  private void add(Chain chain) {
    switch (chain.head().layer()) {
      case Convolution convolution -> addConvolution(chain, convolution);
      case Dense _, MatMul _ -> addDense(chain);
      default -> addNormalization(chain);
    }
  }

  private void addConvolution(Chain chain, Convolution layer) {
    Node head = chain.head();
    Tensor weights = Objects.requireNonNull(weights(head));
    Shape shape = weights.shape();
    int channels = shape.dimension(0);
    BlockedConvolution packed =
        BlockedConvolution.pack(
            weights.floats(),
            weights.offset(),
            channels,
            shape.dimension(1) * layer.groups(),
            layer.groups(),
            shape.dimension(2),
            shape.dimension(3),
            layer.window().isDense());
    String x = head.inputs().getFirst();
    List<String> inputs = new ArrayList<>();
    inputs.add(
        packed.takesPlanes() ? layouts.inPlanes(x) : layouts.inBlocks(x, packed.inputChannels()));
    String residual = chain.residual();
    Integer residualChannels = residual == null ? null : layouts.channelsInBlocks(residual);
    if (residual != null && (residualChannels == null || residualChannels != channels)) {
      addUnfusedSum(chain, layer, packed, inputs);
      return;
    }
    if (residual != null) {
      inputs.add(LayoutAssignment.blockedName(residual));
    }
    steps.add(
        new FusedConvolutionStep(
            head.name(),
            inputs,
            LayoutAssignment.blockedName(chain.output()),
            new GeometryCache(layer, shape, packed),
            packed,
            parameters(chain, channels),
            sum(chain)));
    layouts.madeInBlocks(chain.output(), channels);
  }

  private static Layer sum(Chain chain) {
    return chain.sum() == null ? new Add() : chain.sum();
  }

  /** A convolution to whose result something is added that is not in blocks: three steps. */
  private void addUnfusedSum(
      Chain chain, Convolution layer, BlockedConvolution packed, List<String> inputs) {
    List<Node> nodes = chain.nodes();
    int addition = 1 + (chain.bias() == null ? 0 : 1) + (chain.normalization() == null ? 0 : 1);
    String sum = nodes.get(addition - 1).outputs().getFirst();
    EpilogueParameters parameters = parameters(chain, packed.outputChannels());
    Shape shape = Objects.requireNonNull(weights(chain.head())).shape();
    steps.add(
        new FusedConvolutionStep(
            chain.head().name(),
            inputs,
            LayoutAssignment.blockedName(sum),
            new GeometryCache(layer, shape, packed),
            packed,
            parameters.withoutActivation(),
            sum(chain)));
    layouts.madeInBlocks(sum, packed.outputChannels());
    nodes.subList(addition, nodes.size()).forEach(this::add);
  }

  private void addDense(Chain chain) {
    Node head = chain.head();
    Tensor weights = Objects.requireNonNull(weights(head));
    boolean outputsFirst = outputsFirst(head);
    int outputs = weights.shape().dimension(outputsFirst ? 0 : 1);
    int inputs = weights.shape().dimension(outputsFirst ? 1 : 0);
    DenseProduct packed =
        new DenseProduct(
            weights.floats(), weights.offset(), outputs, inputs, outputsFirst, weightFormat);
    String x = head.inputs().getFirst();
    boolean fromBlocks = matricesInBlocks.contains(x);
    boolean toBlocks = isReadByADenseLayerAlone(chain.output());
    StepSequence separately =
        head.layer() instanceof Dense
            ? null
            : new StepSequence(
                x,
                chain.nodes().stream().map(node -> Compiler.step(network, node)).toList(),
                network.constants());
    steps.add(
        new FusedDenseStep(
            head.name(),
            fromBlocks ? LayoutAssignment.blockedName(x) : layouts.inPlanes(x),
            fromBlocks,
            toBlocks ? LayoutAssignment.blockedName(chain.output()) : chain.output(),
            toBlocks,
            packed,
            parameters(chain, outputs),
            separately));
    if (toBlocks) {
      matricesInBlocks.add(chain.output());
    }
  }

  private boolean isReadByADenseLayerAlone(String value) {
    Node reader = uses.onlyReader(value);
    return reader != null
        && !(reader.layer() instanceof Convolution)
        && weights(reader) != null
        && reader.inputs().getFirst().equals(value);
  }

  private void addNormalization(Chain chain) {
    Node head = chain.head();
    String x = head.inputs().getFirst();
    Integer channels = layouts.channelsInBlocks(x);
    if (channels == null || channels != batchNormalization(head).channels()) {
      chain.nodes().forEach(this::add);
      return;
    }
    steps.add(
        new BlockedNormalizationStep(
            head.name(),
            LayoutAssignment.blockedName(x),
            LayoutAssignment.blockedName(chain.output()),
            parameters(chain, channels)));
    layouts.madeInBlocks(chain.output(), channels);
  }

  /** A node that is in no chain, or whose chain came to nothing. */
  private void add(Node node) {
    if (node.batchNormalization() != null) {
      layouts.inPlanes(node.inputs());
      steps.add(new BatchNormalizationStep(node, batchNormalization(node), index(node)));
      return;
    }
    if (!addInBlocks(node)) {
      layouts.inPlanes(node.inputs());
      steps.add(new LayerStep(node));
    }
  }

  private boolean addInBlocks(Node node) {
    String x = node.inputs().isEmpty() ? "" : node.inputs().getFirst();
    Integer channels = layouts.channelsInBlocks(x);
    if (channels == null) {
      return false;
    }
    ChannelParts parts = ChannelParts.of(node, channels, network.constants());
    if (parts != null) {
      addParts(node, x, parts);
      return true;
    }
    String y = node.outputs().getFirst();
    String from = LayoutAssignment.blockedName(x);
    String to = LayoutAssignment.blockedName(y);
    Step resize = BlockedResizeStep.of(node, from, to, network.constants());
    if (resize != null) {
      steps.add(resize);
    } else if (BlockedPoolingStep.supports(node.layer())) {
      steps.add(new BlockedPoolingStep(node.name(), from, to, channels, node.layer()));
    } else if (node.layer() instanceof GlobalAveragePool) {
      steps.add(new GlobalAverageStep(node.name(), from, y, channels, true));
      return true;
    } else if (node.layer() instanceof Reduction reduction && averagesMaps(reduction, node)) {
      steps.add(new GlobalAverageStep(node.name(), from, y, channels, reduction.keepAxes()));
      return true;
    } else if (EpilogueActivations.of(node, network.constants()) != null) {
      List<String> inputs = new ArrayList<>(node.inputs());
      inputs.set(0, from);
      steps.add(new LayerStep(node, inputs, List.of(to)));
    } else if (isElementwise(node, channels)) {
      List<String> inputs = node.inputs().stream().map(LayoutAssignment::blockedName).toList();
      steps.add(
          node.layer() instanceof Multiply
              ? new BlockedProductStep(node.name(), inputs, to)
              : new LayerStep(node, inputs, List.of(to)));
    } else if (PassThrough.is(node, network.constants())) {
      Node identity =
          new Node(node.name(), node.operator(), new Identity(), node.inputs(), node.outputs());
      steps.add(new LayerStep(identity, List.of(from), List.of(to)));
    } else if (concatenatesBlocks(node)) {
      List<String> inputs = node.inputs().stream().map(LayoutAssignment::blockedName).toList();
      steps.add(new LayerStep(node, inputs, List.of(to)));
      channels =
          node.inputs().stream()
              .mapToInt(input -> Objects.requireNonNull(layouts.channelsInBlocks(input)))
              .sum();
    } else {
      return false;
    }
    layouts.madeInBlocks(y, channels);
    return true;
  }

  private void addParts(Node node, String x, ChannelParts parts) {
    List<String> outputs = node.outputs().stream().map(LayoutAssignment::blockedName).toList();
    List<String> inputs = List.of(LayoutAssignment.blockedName(x));
    Node split =
        new Node(node.name(), node.operator(), parts.ofBlocks(), node.inputs(), node.outputs());
    steps.add(new LayerStep(split, inputs, outputs));
    for (int i = 0; i < outputs.size(); i++) {
      layouts.madeInBlocks(node.outputs().get(i), parts.channels()[i]);
    }
  }

  /** Whether a reduction is the mean over both spatial axes. */
  private boolean averagesMaps(Reduction reduction, Node node) {
    int[] axes = ReductionAxes.of(reduction, node, network.constants());
    return reduction.kind() == ReductionKind.MEAN
        && axes != null
        && axes.length == 2
        && Arrays.stream(axes).allMatch(axis -> -4 <= axis && axis < 4)
        && Arrays.stream(axes).map(axis -> Math.floorMod(axis, 4)).sum() == 5
        && Math.floorMod(axes[0], 4) > 1
        && Math.floorMod(axes[1], 4) > 1;
  }

  /** Whether maps are joined along their channels, and each but the last fills its blocks. */
  private boolean concatenatesBlocks(Node node) {
    List<String> inputs = node.inputs();
    if (!(node.layer() instanceof Concat concat)
        || concat.axis() != 1
        || !layouts.areInBlocks(inputs)) {
      return false;
    }
    return inputs.subList(0, inputs.size() - 1).stream()
        .allMatch(input ->
            Objects.requireNonNull(layouts.channelsInBlocks(input)) % ChannelBlocks.SIZE == 0);
  }

  /** Whether blocks broadcast to one another as the maps do that they stand for. */
  private boolean isElementwise(Node node, int channels) {
    return (Chain.isSum(node.layer()) || node.layer() instanceof Multiply)
        && node.inputs().stream()
            .allMatch(input -> Objects.equals(layouts.channelsInBlocks(input), channels));
  }
}
