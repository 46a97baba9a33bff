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
 * P)·groupStride + (m mod P)·channelStride + (e / run)·outerStride + (e mod run)·innerStride}, with
 * P channels per group.
 *
 * @param shape of the tensor
 * @param channels M
 * @param perChannel K, elements of each channel
 * @param channelsPerGroup P
 * @param run how many elements of a channel stand at equal distances, those of one input
 */
record WeightLayout(
    Shape shape,
    int channels,
    int perChannel,
    int channelsPerGroup,
    int groupStride,
    int channelStride,
    int outerStride,
    int run,
    int innerStride) {
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
   * How a checkpoint may keep a layer's weights: convolutions as files have them, or with their
   * extents first, as Keras does; those of dense layers (M, K), or (K, M).
   */
  static List<WeightLayout> inCheckpoint(WeightedLayer layer) {
    WeightLayout own = of(layer);
    if (layer.weights().shape().rank() > 2) {
      List<WeightLayout> layouts = new ArrayList<>(List.of(own));
      switch (layer.node().layer()) {
        case Convolution convolution -> layouts.addAll(extentsFirst(own, convolution.groups()));
        case TransposedConvolution convolution when convolution.groups() == 1 ->
            layouts.add(transposedExtentsFirst(own));
        default -> {}
      }
      return layouts;
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
    return new WeightLayout(shape, m, k, m, 0, k, 0, k, 1);
  }

  /** (K, M). */
  private static WeightLayout columns(Shape shape) {
    int k = shape.dimension(0);
    int m = shape.dimension(1);
    return new WeightLayout(shape, m, k, m, 0, 1, m, 1, 1);
  }

  /** (C, M/G, k₁, …), with the channels of a group of inputs behind one another. */
  private static WeightLayout transposed(Shape shape, int groups) {
    int c = shape.dimension(0);
    int perGroup = shape.dimension(1);
    int taps = shape.size(2, shape.rank());
    int group = c / groups * perGroup * taps;
    return new WeightLayout(
        shape,
        perGroup * groups,
        c / groups * taps,
        perGroup,
        group,
        taps,
        perGroup * taps,
        taps,
        1);
  }

  /**
   * (k₁, …, C/G, M), or of depthwise convolutions (k₁, …, G, M/G), for a file's (M, C/G, k₁, …).
   */
  private static List<WeightLayout> extentsFirst(WeightLayout own, int groups) {
    int m = own.channels;
    int inputs = own.shape.dimension(1);
    int taps = own.perChannel / inputs;
    List<WeightLayout> layouts = new ArrayList<>();
    Shape shape = extentsFirst(own.shape, inputs, m);
    layouts.add(new WeightLayout(shape, m, own.perChannel, m, 0, 1, m, taps, inputs * m));
    if (inputs == 1 && groups > 1) {
      Shape depthwise = extentsFirst(own.shape, groups, m / groups);
      layouts.add(new WeightLayout(depthwise, m, taps, m, 0, 1, m, taps, m));
    }
    return layouts;
  }

  /** (k₁, …, M, C) for a file's (C, M, k₁, …). */
  private static WeightLayout transposedExtentsFirst(WeightLayout own) {
    int c = own.shape.dimension(0);
    int m = own.channels;
    int taps = own.perChannel / c;
    Shape shape = extentsFirst(own.shape, m, c);
    return new WeightLayout(shape, m, own.perChannel, m, 0, c, 1, taps, m * c);
  }

  private static Shape extentsFirst(Shape own, int beforeLast, int last) {
    int[] dimensions = new int[own.rank()];
    for (int axis = 2; axis < own.rank(); axis++) {
      dimensions[axis - 2] = own.dimension(axis);
    }
    dimensions[own.rank() - 2] = beforeLast;
    dimensions[own.rank() - 1] = last;
    return Shape.of(dimensions);
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
    return e / run * outerStride + e % run * innerStride;
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
