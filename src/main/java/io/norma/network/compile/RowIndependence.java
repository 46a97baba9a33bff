package io.norma.network.compile;

import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.AveragePool;
import io.norma.kernel.layer.Concat;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.Divide;
import io.norma.kernel.layer.Dropout;
import io.norma.kernel.layer.Flatten;
import io.norma.kernel.layer.GlobalAveragePool;
import io.norma.kernel.layer.GlobalMaxPool;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.LogSoftmax;
import io.norma.kernel.layer.MatMul;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.layer.PRelu;
import io.norma.kernel.layer.Reduction;
import io.norma.kernel.layer.SameShapes;
import io.norma.kernel.layer.Softmax;
import io.norma.kernel.layer.Split;
import io.norma.kernel.layer.Subtract;
import io.norma.kernel.layer.TransposedConvolution;
import io.norma.kernel.normalization.GroupNormalization;
import io.norma.kernel.normalization.LayerNormalization;
import io.norma.kernel.normalization.LocalResponseNormalization;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.TensorMetadata;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds out, from the layers of a network and nothing else, whether each row of its outputs depends
 * on the same row of its inputs alone, so that a batch may be run in parts. It follows the values
 * that have a row of the batch at each position of axis 0, and their ranks. Where a layer may mix
 * rows, or is not known here, the answer is no.
 */
public final class RowIndependence {
  private static final int NO_ROWS = 0;

  private final Network network;

  /** Ranks of the values that have the batch's rows along axis 0. */
  private final Map<String, Integer> ranks = new HashMap<>();

  private RowIndependence(Network network) {
    this.network = network;
  }

  /** Whether a network's rows depend on themselves alone. */
  public static boolean of(Network network) {
    return new RowIndependence(network).holds();
  }

  private boolean holds() {
    for (TensorMetadata input : network.inputs()) {
      if (!input.hasDynamicBatch() || input.shape().size() < 2) {
        return false;
      }
      ranks.put(input.name(), input.shape().size());
    }
    for (Node node : network.nodes()) {
      boolean follows = hasOneOutput(node) || node.layer() instanceof Split;
      int rank = follows && !node.inputs().isEmpty() ? rank(node) : NO_ROWS;
      if (rank == NO_ROWS) {
        return false;
      }
      node.outputs().forEach(output -> ranks.put(output, rank));
    }
    return network.outputs().stream().allMatch(output -> ranks.containsKey(output.name()));
  }

  private static boolean hasOneOutput(Node node) {
    return node.outputs().stream().skip(1).allMatch(String::isEmpty);
  }

  /** The rank of a node's output, or {@link #NO_ROWS}. */
  private int rank(Node node) {
    int rank = ranks.getOrDefault(node.inputs().getFirst(), NO_ROWS);
    if (node.batchNormalization() != null
        || EpilogueActivations.of(node, network.constants()) != null
        || PassThrough.is(node, network.constants())) {
      return rank;
    }
    return switch (node.layer()) {
      case Dropout _ -> othersAreConstant(node) ? rank : NO_ROWS;
      case AveragePool _, MaxPool _ -> rank > 2 ? rank : NO_ROWS;
      case GlobalAveragePool _, GlobalMaxPool _, LocalResponseNormalization _ ->
          rank > 1 ? rank : NO_ROWS;
      case Convolution _, TransposedConvolution _ ->
          rank > 2 && othersAreConstant(node) ? rank : NO_ROWS;
      case GroupNormalization _ -> rank > 2 && othersAreConstant(node) ? rank : NO_ROWS;
      case LayerNormalization normalization ->
          isNotFirst(normalization.axis(), rank) && othersAreConstant(node) ? rank : NO_ROWS;
      case Dense dense -> rank == 2 && multipliesRows(dense, node) ? rank : NO_ROWS;
      // The only axis of a vector is summed over: of rows there must be one more.
      case MatMul _ -> multipliesRows(node, rank) ? rank : NO_ROWS;
      case Layer layer when ElementLayers.isBroadcasting(layer) -> elementwise(node);
      case Layer layer when ElementLayers.isUnary(layer) ->
          othersAreConstant(node) ? rank : NO_ROWS;
      case PRelu _ -> rank == NO_ROWS ? NO_ROWS : elementwise(node);
      case SameShapes same when isElementwise(same.layer()) -> ofOneShape(node);
      case Concat concat -> concatenated(concat, node);
      case Flatten flatten -> rank != NO_ROWS && flatten.axis() == 1 ? 2 : NO_ROWS;
      case Softmax softmax -> isNotFirst(softmax.axis().axis(), rank) ? rank : NO_ROWS;
      case LogSoftmax softmax -> isNotFirst(softmax.axis().axis(), rank) ? rank : NO_ROWS;
      case Reduction reduction -> reduced(reduction, node, rank);
      default -> RearrangedRows.rank(node, rank, network.constants());
    };
  }

  /** A matrix for all rows, or one for each: then axis 0 counts products. */
  private boolean multipliesRows(Node node, int rank) {
    boolean shared = Chain.constant(network.constants(), node, 1, 2) != null;
    boolean own = rank > 2 && ranks.getOrDefault(node.inputs().get(1), NO_ROWS) == rank;
    return rank > 1 && (shared || own);
  }

  private static boolean isElementwise(Layer layer) {
    return layer instanceof Add
        || layer instanceof Subtract
        || layer instanceof Multiply
        || layer instanceof Divide;
  }

  private boolean othersAreConstant(Node node) {
    return node.inputs().stream()
        .skip(1)
        .allMatch(input -> input.isEmpty() || network.constants().containsKey(input));
  }

  /** Whether x is the left factor, as it is, and what is added is the same for all rows. */
  private boolean multipliesRows(Dense dense, Node node) {
    if (dense.transposeA() || !othersAreConstant(node)) {
      return false;
    }
    Tensor bias = node.inputs().size() < 3 ? null : network.constants().get(node.inputs().get(2));
    return bias == null || isSameForAllRows(bias, 2);
  }

  /** The rank that all operands with rows have, if the others are the same for all rows. */
  private int elementwise(Node node) {
    int rank =
        node.inputs().stream()
            .mapToInt(input -> ranks.getOrDefault(input, NO_ROWS))
            .max()
            .orElse(0);
    boolean fits =
        node.inputs().stream()
            .allMatch(input -> {
              Tensor constant = network.constants().get(input);
              return constant == null
                  ? ranks.getOrDefault(input, NO_ROWS) == rank
                  : isSameForAllRows(constant, rank);
            });
    return fits ? rank : NO_ROWS;
  }

  /** The rank of all operands, if all have rows: a constant has the shape of a whole batch. */
  private int ofOneShape(Node node) {
    boolean all = node.inputs().stream().allMatch(ranks::containsKey);
    return all ? elementwise(node) : NO_ROWS;
  }

  /** Whether a constant, broadcast to a rank, has one value along axis 0. */
  private static boolean isSameForAllRows(Tensor constant, int rank) {
    int own = constant.shape().rank();
    return own < rank || (own == rank && constant.shape().dimension(0) == 1);
  }

  private int concatenated(Concat concat, Node node) {
    int rank = ranks.getOrDefault(node.inputs().getFirst(), NO_ROWS);
    boolean fits =
        isNotFirst(concat.axis(), rank)
            && node.inputs().stream().allMatch(input -> ranks.getOrDefault(input, NO_ROWS) == rank);
    return fits ? rank : NO_ROWS;
  }

  private int reduced(Reduction reduction, Node node, int rank) {
    int[] axes = ReductionAxes.of(reduction, node, network.constants());
    if (axes == null
        || axes.length == 0
        || !Arrays.stream(axes).allMatch(axis -> isNotFirst(axis, rank))) {
      return NO_ROWS;
    }
    long distinct = Arrays.stream(axes).map(axis -> Math.floorMod(axis, rank)).distinct().count();
    return reduction.keepAxes() ? rank : rank - (int) distinct;
  }

  private static boolean isNotFirst(int axis, int rank) {
    return rank != NO_ROWS && axis < rank && (axis > 0 || (axis < 0 && axis > -rank));
  }
}
