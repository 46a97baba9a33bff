package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TensorSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts a tensor along an axis into a sequence of parts.
 *
 * <p>Inputs: x, any type, rank 1 or more; optionally the lengths of the parts, whole numbers: a
 * list of all, or one for each, the last one shorter if need be. Without them the parts are of
 * length 1. Output: a sequence. Source: ONNX {@code SplitToSequence}.
 *
 * @param keepAxis whether parts keep the axis if no lengths are given
 */
public record SplitToSequence(int axis, boolean keepAxis) implements ValueLayer {
  /** Of a part, besides its elements, while the sequence is made. */
  private static final long PART_BYTES = 128;

  @Override
  public List<TensorSequence> values(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    int at = x.shape().axis(axis);
    int[] lengths = lengths(inputs, x.shape().dimension(at), memory);
    memory.reserve(PART_BYTES * lengths.length);
    List<Tensor> parts =
        lengths.length == 0
            ? List.of()
            : new Split(axis, lengths, lengths.length).forward(Inputs.of(x), memory);
    if (inputs.has(1) || keepAxis) {
      return List.of(memory.sequence(x.dataType(), parts));
    }
    int[] extents = x.shape().dimensions();
    int[] without = new int[extents.length - 1];
    System.arraycopy(extents, 0, without, 0, at);
    System.arraycopy(extents, at + 1, without, at, without.length - at);
    Shape shape = Shape.of(without);
    List<Tensor> slices = new ArrayList<>();
    parts.forEach(part -> slices.add(part.reshape(shape)));
    return List.of(memory.sequence(x.dataType(), slices));
  }

  private static int[] lengths(Inputs inputs, int extent, Memory memory) {
    if (inputs.has(1) && inputs.get(1).shape().rank() > 0) {
      return Axes.integers(inputs.get(1), "split");
    }
    int length = inputs.has(1) ? Axes.integer(inputs.get(1), "split") : 1;
    if (length < 1) {
      throw new IllegalArgumentException("parts must be 1 or longer, but split is " + length);
    }
    int parts = Math.ceilDiv(extent, length);
    memory.reserve((long) Integer.BYTES * parts);
    int[] lengths = new int[parts];
    Arrays.fill(lengths, length);
    if (parts > 0) {
      lengths[parts - 1] = extent - length * (parts - 1);
    }
    return lengths;
  }
}
