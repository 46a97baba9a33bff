package io.norma.network;

import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.MatMul;
import io.norma.kernel.layer.TransposedConvolution;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A convolution, transposed convolution or dense layer of a network whose weights, and bias if it
 * has one, are constants: what a batch normalization can be folded into, or stand behind.
 *
 * @param node the convolution or product
 * @param addition the addition of a constant right behind a matrix product, which is its bias
 * @param weights FP32, as the node reads them
 * @param channels M, how many channels the output has
 * @param bias what is added to each channel; {@code null} for nothing
 * @param rank how many axes the output has, or {@link Ranks#UNKNOWN}; its channels are axis 1 with
 *     a convolution, the last axis else
 */
public record WeightedLayer(
    Node node,
    @Nullable Node addition,
    Tensor weights,
    int channels,
    float @Nullable [] bias,
    int rank) {
  /** Those of a network, in its order. */
  public static List<WeightedLayer> of(Network network) {
    Finder finder = new Finder(network, Ranks.of(network), new ValueUses(network));
    List<WeightedLayer> layers = new ArrayList<>();
    for (Node node : network.nodes()) {
      WeightedLayer layer = finder.find(node);
      if (layer != null) {
        layers.add(layer);
      }
    }
    return layers;
  }

  /** What a file calls the weights. */
  public String weightsName() {
    return node.inputs().get(1);
  }

  /** Name of the value it makes, bias included. */
  public String output() {
    return (addition == null ? node : addition).outputs().getFirst();
  }

  /** Whether the channels of its output are axis 1, where a batch normalization has them. */
  public boolean channelsAreAxis1() {
    return node.layer() instanceof Convolution
        || node.layer() instanceof TransposedConvolution
        || rank == 2;
  }

  private record Finder(Network network, Ranks ranks, ValueUses uses) {
    @Nullable WeightedLayer find(Node node) {
      return switch (node.layer()) {
        case Convolution convolution -> {
          Tensor w = constant(node, 1);
          yield w == null
                  || w.shape().rank() < 3
                  || w.shape().dimension(0) % convolution.groups() != 0
              ? null
              : withOwnBias(node, w, w.shape().dimension(0), w.shape().rank());
        }
        case TransposedConvolution convolution -> {
          Tensor w = constant(node, 1);
          yield w == null
                  || w.shape().rank() < 3
                  || w.shape().dimension(0) % convolution.groups() != 0
              ? null
              : withOwnBias(
                  node, w, w.shape().dimension(1) * convolution.groups(), w.shape().rank());
        }
        case Dense dense -> {
          Tensor w = constant(node, 1);
          boolean plain = dense.alpha() == 1 && (dense.beta() == 1 || node.inputs().size() < 3);
          yield w == null || w.shape().rank() != 2 || !plain
              ? null
              : withOwnBias(node, w, w.shape().dimension(dense.transposeB() ? 0 : 1), 2);
        }
        case MatMul _ -> {
          Tensor w = constant(node, 1);
          yield w == null || w.shape().rank() != 2 ? null : withAddition(node, w);
        }
        default -> null;
      };
    }

    private @Nullable WeightedLayer withOwnBias(Node node, Tensor w, int channels, int rank) {
      if (node.inputs().size() < 3 || node.inputs().get(2).isEmpty()) {
        return new WeightedLayer(node, null, w, channels, null, rank);
      }
      Tensor constant = constant(node, 2);
      float[] bias = constant == null ? null : bias(constant, channels, rank == 2);
      return bias == null ? null : new WeightedLayer(node, null, w, channels, bias, rank);
    }

    private WeightedLayer withAddition(Node node, Tensor w) {
      int channels = w.shape().dimension(1);
      String value = node.outputs().getFirst();
      int rank = ranks.rank(value);
      Node reader = uses.onlyReader(value);
      if (reader != null && reader.layer() instanceof Add) {
        int other = reader.inputs().get(0).equals(value) ? 1 : 0;
        Tensor constant = constant(reader, other);
        float[] bias = constant == null ? null : bias(constant, channels, false);
        if (bias != null) {
          return new WeightedLayer(node, reader, w, channels, bias, rank);
        }
      }
      return new WeightedLayer(node, null, w, channels, null, rank);
    }

    /** One value per channel, or {@code null}; a dense layer's broadcasts. */
    private static float @Nullable [] bias(Tensor constant, int channels, boolean broadcasts) {
      if (constant.shape().equals(Shape.of(channels))
          || constant.shape().equals(Shape.of(1, channels))) {
        return constant.toFloatArray();
      }
      if (!broadcasts || constant.size() != 1 || constant.shape().rank() > 2) {
        return null;
      }
      float[] repeated = new float[channels];
      Arrays.fill(repeated, constant.floats()[constant.offset()]);
      return repeated;
    }

    private @Nullable Tensor constant(Node node, int input) {
      Tensor constant =
          node.inputs().size() <= input ? null : network.constants().get(node.inputs().get(input));
      return constant != null && constant.dataType() == DataType.FP32 && constant.size() > 0
          ? constant
          : null;
    }
  }
}
