package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a tensor into parts along an axis. Where the parts lie in one piece each, nothing is copied.
 *
 * <p>Inputs: x, any type, rank 1 or more; optionally lengths, INT64, which stand in for those that
 * are not given here. Outputs: the parts, the type of x. Source: ONNX {@code Split}.
 *
 * @param lengths {@code null} to take them from the second input, or else to cut into {@code parts}
 *     equal ones, the last one shorter if need be
 */
public record Split(int axis, int @Nullable [] lengths, int parts) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    int at = x.shape().axis(axis);
    int extent = x.shape().dimension(at);
    int[] given = lengths;
    if (given == null) {
      given = inputs.has(1) ? Axes.integers(inputs.get(1), "split") : equalParts(extent);
    }
    long sum = 0;
    for (int length : given) {
      sum += length < 0 ? Long.MIN_VALUE / 2 : length;
    }
    if (sum != extent) {
      throw new IllegalArgumentException(
          "parts of %s must be 0 or more and sum to %d, the extent of axis %d of %s"
              .formatted(Arrays.toString(given), extent, axis, x));
    }
    int outer = x.shape().size(0, at);
    int inner = x.shape().size(at + 1, x.shape().rank());
    List<Tensor> outputs = new ArrayList<>();
    int done = 0;
    for (int length : given) {
      Shape shape = x.shape().with(at, length);
      if (outer == 1) {
        outputs.add(Tensor.of(x.dataType(), shape, x.array(), x.offset() + done));
      } else {
        Tensor y = memory.allocate(x.dataType(), shape);
        int run = length * inner;
        for (int o = 0; o < outer; o++) {
          System.arraycopy(
              x.array(),
              x.offset() + o * extent * inner + done,
              y.array(),
              y.offset() + o * run,
              run);
        }
        outputs.add(y);
      }
      done += length * inner;
    }
    return outputs;
  }

  /** How long each part is if none is given, of an axis of this extent. */
  public int[] equalParts(int extent) {
    int length = (extent + parts - 1) / parts;
    int[] equal = new int[parts];
    Arrays.fill(equal, length);
    equal[parts - 1] = extent - length * (parts - 1);
    return equal;
  }
}
