package io.norma.kernel.tensor;

/**
 * Where the channels of a tensor lie: element {@code (o, c, i)} is at {@code o·stride + c·inner +
 * i}. Channels first, (N, C, H, W), has {@code inner = H·W}; channels last, (N, H, W, C), has
 * {@code inner = 1}.
 *
 * @param outer element count of the axes before the channels'
 * @param channels C
 * @param inner element count of the axes behind the channels'
 * @param stride elements between neighbours along the outer axes: {@code C·inner} for a whole
 *     tensor
 */
public record ChannelLayout(int outer, int channels, int inner, int stride) {
  public ChannelLayout(int outer, int channels, int inner) {
    this(outer, channels, inner, channels * inner);
  }

  /**
   * The layout of a shape of rank 2 or more.
   *
   * @param channelAxis the channels' axis; a negative one counts from the end
   * @throws IllegalArgumentException if the rank is below 2 or the axis out of range
   */
  public static ChannelLayout of(Shape shape, int channelAxis) {
    if (shape.rank() < 2) {
      throw new IllegalArgumentException(
          "expected an input of rank 2 or more, a batch with channels, got shape " + shape);
    }
    int axis = shape.axis(channelAxis);
    return new ChannelLayout(
        shape.size(0, axis), shape.dimension(axis), shape.size(axis + 1, shape.rank()));
  }

  /** How many values each channel has. */
  public long valuesPerChannel() {
    return (long) outer * inner;
  }

  /** As many outer positions from the tensor's first as {@code count} says. */
  public ChannelLayout withOuter(int count) {
    return new ChannelLayout(count, channels, inner, stride);
  }

  /** Some neighbouring channels, whose first element lies {@code first·inner} further on. */
  public ChannelLayout withChannels(int count) {
    return new ChannelLayout(outer, count, inner, stride);
  }
}
