package io.norma.network.compile;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.layer.Split;
import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Node;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A split of maps along their channels that cuts between blocks.
 *
 * @param channels how many each part has
 */
record ChannelParts(int[] channels) {
  /** The parts that a node cuts maps into, {@code null} if it does anything else. */
  static @Nullable ChannelParts of(Node node, int channels, Map<String, Tensor> constants) {
    if (!(node.layer() instanceof Split split)
        || split.axis() != 1
        || node.outputs().stream().anyMatch(String::isEmpty)) {
      return null;
    }
    int[] lengths = lengths(split, node, channels, constants);
    boolean fits =
        lengths.length == node.outputs().size()
            && Arrays.stream(lengths).allMatch(length -> length > 0)
            && Arrays.stream(lengths).asLongStream().sum() == channels
            && IntStream.range(0, lengths.length - 1)
                .allMatch(i -> lengths[i] % ChannelBlocks.SIZE == 0);
    return fits ? new ChannelParts(lengths) : null;
  }

  private static int[] lengths(
      Split split, Node node, int channels, Map<String, Tensor> constants) {
    if (split.lengths() != null) {
      return split.lengths();
    }
    if (node.inputs().size() < 2) {
      return split.equalParts(channels);
    }
    Tensor constant = constants.get(node.inputs().get(1));
    return constant == null || !constant.dataType().isInteger()
        ? new int[0]
        : Axes.integers(constant, "split");
  }

  /** The same split of (N, ⌈C / 16⌉, H, W, 16). */
  Split ofBlocks() {
    int[] blocks = Arrays.stream(channels).map(ChannelBlocks::count).toArray();
    return new Split(1, blocks, blocks.length);
  }
}
