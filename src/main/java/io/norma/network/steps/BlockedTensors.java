package io.norma.network.steps;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;

/** Maps in {@link ChannelBlocks} as tensors: {@code [N, ⌈C/16⌉, H, W, 16]} for (N, C, H, W). */
final class BlockedTensors {
  private BlockedTensors() {}

  /** The blocked shape of maps (N, C, H, W). */
  static Shape shape(int n, int channels, int height, int width) {
    return Shape.of(n, ChannelBlocks.count(channels), height, width, ChannelBlocks.SIZE);
  }

  /** What a tensor in blocks stands for: (N, C, H, W). */
  static Shape planes(Tensor blocked, int channels) {
    Shape shape = blocked.shape();
    return Shape.of(shape.dimension(0), channels, shape.dimension(2), shape.dimension(3));
  }
}
