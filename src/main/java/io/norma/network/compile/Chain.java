package io.norma.network.compile;

import io.norma.kernel.compute.elementwise.Activation;
import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.layer.SameShapes;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.ValueUses;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Nodes that one step can compute together: a convolution, dense layer or batch normalization, and
 * what follows it in this order, each if it is there: addition of a constant per channel, batch
 * normalization, addition of another value, activation, which may be a product of a value with its
 * own gate, as in {@code x · sigmoid(x)}. A value between them has no other reader.
 *
 * @param nodes all of them, in the network's order
 * @param bias the constant per channel, not the one that the head has itself
 * @param normalization the batch normalization, as the head or behind it
 * @param residual name of the value that is added
 * @param sum the layer that adds it; {@code null} for none
 */
record Chain(
    List<Node> nodes,
    @Nullable Tensor bias,
    @Nullable Node normalization,
    @Nullable String residual,
    @Nullable Layer sum,
    Activation activation,
    String output) {
  Node head() {
    return nodes.getFirst();
  }

  Node last() {
    return nodes.getLast();
  }

  /** Follows the values of a network from the head of a chain on. */
  static final class Matcher {
    private final Network network;
    private final ValueUses uses;
    private final Set<Node> taken;

    /**
     * @param taken nodes that are part of another chain
     */
    Matcher(Network network, ValueUses uses, Set<Node> taken) {
      this.network = network;
      this.uses = uses;
      this.taken = taken;
    }

    /**
     * The chain that starts at a node.
     *
     * @param channels how many channels the head's result has
     * @param adds whether an addition may be part of it
     */
    Chain match(Node head, int channels, boolean adds) {
      List<Node> nodes = new ArrayList<>(List.of(head));
      String value = head.outputs().getFirst();
      Node normalization = head.batchNormalization() == null ? null : head;
      Node next = next(value);
      Tensor bias = null;
      if (normalization == null && next != null && next.layer() instanceof Add) {
        bias = bias(next, value, channels, adds ? 2 : 0);
        if (bias != null) {
          nodes.add(next);
          value = next.outputs().getFirst();
          next = next(value);
        }
      }
      if (normalization == null && next != null && normalizes(next, channels)) {
        normalization = next;
        nodes.add(next);
        value = next.outputs().getFirst();
        next = next(value);
      }
      String residual = null;
      Layer sum = null;
      if (adds && next != null && isSum(next.layer())) {
        residual = other(next, value);
        if (residual != null) {
          sum = next.layer();
          nodes.add(next);
          value = next.outputs().getFirst();
          next = next(value);
        }
      }
      Activation activation = Activation.IDENTITY;
      Activation following =
          next == null || !next.inputs().getFirst().equals(value)
              ? null
              : EpilogueActivations.of(next, network.constants());
      Activation gated = next == null ? gated(value) : null;
      if (next != null && following != null) {
        activation = following;
        nodes.add(next);
        value = next.outputs().getFirst();
      } else if (gated != null) {
        activation = gated;
        nodes.addAll(uses.onlyReaders(value));
        value = nodes.getLast().outputs().getFirst();
      }
      return new Chain(List.copyOf(nodes), bias, normalization, residual, sum, activation, value);
    }

    /**
     * The activation {@code x · f(x)}, if two nodes read a value, f and a product of the value with
     * what f alone makes of it; else {@code null}.
     */
    private @Nullable Activation gated(String value) {
      List<Node> readers = uses.onlyReaders(value);
      if (readers.size() != 2 || readers.stream().anyMatch(taken::contains)) {
        return null;
      }
      Node gate = readers.get(0);
      Node product = readers.get(1);
      String gateValue = gate.outputs().getFirst();
      boolean multiplies =
          product.layer() instanceof Multiply
              && product.inputs().contains(gateValue)
              && uses.onlyReaders(gateValue).equals(List.of(product));
      return multiplies && gate.inputs().getFirst().equals(value)
          ? EpilogueActivations.timesInput(EpilogueActivations.of(gate, network.constants()))
          : null;
    }

    private @Nullable Node next(String value) {
      Node reader = uses.onlyReader(value);
      return reader == null || taken.contains(reader) ? null : reader;
    }

    private boolean normalizes(Node node, int channels) {
      String name = node.batchNormalization();
      if (name == null) {
        return false;
      }
      List<BatchNormalizationLayer> layers = network.batchNormalizations();
      return layers.get(BatchNormalizationLayer.indexOf(layers, name)).channels() == channels;
    }

    /**
     * What an addition adds if that is a constant with one value per channel, else {@code null}.
     *
     * @param axesBehind axes behind the channels
     */
    private @Nullable Tensor bias(Node addition, String value, int channels, int axesBehind) {
      List<String> inputs = addition.inputs();
      Tensor constant = network.constants().get(inputs.get(inputs.get(0).equals(value) ? 1 : 0));
      if (constant == null || constant.dataType() != DataType.FP32 || constant.size() != channels) {
        return null;
      }
      int axis = constant.shape().rank() - 1 - axesBehind;
      boolean perChannel = axis == 0 || (axis == 1 && axesBehind > 0);
      return perChannel && constant.shape().dimension(axis) == channels ? constant : null;
    }

    /** The other operand of an addition, if it is no constant. */
    private @Nullable String other(Node addition, String value) {
      List<String> inputs = addition.inputs();
      String other = inputs.get(inputs.get(0).equals(value) ? 1 : 0);
      return network.constants().containsKey(other) ? null : other;
    }
  }

  /** Whether a layer adds two values, if perhaps of one shape alone. */
  static boolean isSum(Layer layer) {
    return layer instanceof Add || (layer instanceof SameShapes same && isSum(same.layer()));
  }

  /** A constant of FP32 with this many axes, or {@code null}. */
  static @Nullable Tensor constant(Map<String, Tensor> constants, Node node, int input, int rank) {
    if (node.inputs().size() <= input) {
      return null;
    }
    Tensor constant = constants.get(node.inputs().get(input));
    return constant != null
            && constant.dataType() == DataType.FP32
            && constant.shape().rank() == rank
        ? constant
        : null;
  }
}
