package io.norma.onnx.restoration;

import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.TransposedConvolution;
import io.norma.kernel.tensor.Shape;
import io.norma.network.WeightedLayer;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the weights of each channel stand in a tensor. Element e of channel m stands at {@code (m /
 * P)·groupStride + (m mod P)·channelStride + (e / run)·outerStride + e mod run}, with P channels
 * per group.
 *
 * @param shape of the tensor
 * @param channels M
 * @param perChannel K, elements of each channel
 * @param channelsPerGroup P
 * @param run how many elements of a channel stand one behind the other
 */
record WeightLayout(
    Shape shape,
    int channels,
    int perChannel,
    int channelsPerGroup,
    int groupStride,
    int channelStride,
    int outerStride,
    int run) {
  /** A layer's own weights by the channels of its output. */
  static WeightLayout of(WeightedLayer layer) {
    Shape shape = layer.weights().shape();
    return switch (layer.node().layer()) {
      case Convolution _ -> rows(shape);
      case TransposedConvolution convolution -> transposed(shape, convolution.groups());
      case Dense dense when dense.transposeB() -> rows(shape);
      default -> columns(shape);
    };
  }

  /**
   * How a checkpoint may keep a layer's weights: convolutions as files have them, those of dense
   * layers (M, K), or (K, M).
   */
  static List<WeightLayout> inCheckpoint(WeightedLayer layer) {
    WeightLayout own = of(layer);
    if (layer.weights().shape().rank() > 2) {
      return List.of(own);
    }
    List<WeightLayout> layouts = new ArrayList<>();
    layouts.add(rows(Shape.of(own.channels, own.perChannel)));
    layouts.add(columns(Shape.of(own.perChannel, own.channels)));
    return layouts;
  }

  /** (M, …): each channel's weights stand together. */
  private static WeightLayout rows(Shape shape) {
    int m = shape.dimension(0);
    int k = shape.size() / m;
    return new WeightLayout(shape, m, k, m, 0, k, 0, k);
  }

  /** (K, M). */
  private static WeightLayout columns(Shape shape) {
    int k = shape.dimension(0);
    int m = shape.dimension(1);
    return new WeightLayout(shape, m, k, m, 0, 1, m, 1);
  }

  /** (C, M/G, k₁, …), with the channels of a group of inputs behind one another. */
  private static WeightLayout transposed(Shape shape, int groups) {
    int c = shape.dimension(0);
    int perGroup = shape.dimension(1);
    int taps = shape.size(2, shape.rank());
    int group = c / groups * perGroup * taps;
    return new WeightLayout(
        shape, perGroup * groups, c / groups * taps, perGroup, group, taps, perGroup * taps, taps);
  }

  /** The same tensor by the channels of the layer's input; those of one group. */
  WeightLayout byInputs() {
    // Of (M, C, …) axis 1 counts inputs, of (C, M, …) axis 0 does.
    boolean outputsFirst = channels == shape.dimension(0) && channelStride == perChannel;
    return outputsFirst ? transposed(shape, 1) : rows(shape);
  }

  /** Position of a channel's first element. */
  int channel(int m) {
    return m / channelsPerGroup * groupStride + m % channelsPerGroup * channelStride;
  }

  /** Position of an element relative to its channel's first. */
  int element(int e) {
    return e / run * outerStride + e % run;
  }

  /** Positions of all elements relative to their channel's first. */
  int[] elements() {
    int[] positions = new int[perChannel];
    for (int e = 0; e < perChannel; e++) {
      positions[e] = element(e);
    }
    return positions;
  }
}
