package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Crops or pads axes to given extents about their centre, padding with zeros: what is cut off
 * before is {@code ⌊(D − E)/2⌋}, what is added before {@code ⌊(E − D)/2⌋}.
 *
 * <p>Inputs: x, any shape and data type; shape, INT64, an extent for each of the axes. Output: y.
 * Source: ONNX {@code CenterCropPad}.
 *
 * @param axes which axes the shape speaks of; empty for all
 */
public record CenterCropPad(int[] axes) implements Layer {
  public CenterCropPad {
    axes = axes.clone();
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    long[] extents = inputs.get(1).toLongArray();
    Shape source = x.shape();
    int count = axes.length == 0 ? source.rank() : axes.length;
    if (extents.length != count) {
      throw new IllegalArgumentException(
          "expected %d extents for the axes, got %d".formatted(count, extents.length));
    }
    Shape target = source;
    int[] shift = new int[source.rank()];
    for (int i = 0; i < count; i++) {
      int axis = source.axis(axes.length == 0 ? i : axes[i]);
      int extent = Math.toIntExact(extents[i]);
      target = target.with(axis, extent);
      int difference = source.dimension(axis) - extent;
      // Halves are rounded towards zero, whichever of the two is longer.
      shift[axis] = difference / 2;
    }
    Tensor y = memory.allocate(x.dataType(), target);
    int[] strides = source.strides();
    for (int i = 0; i < y.size(); i++) {
      int rest = i;
      int from = 0;
      boolean inside = true;
      for (int axis = target.rank() - 1; axis >= 0; axis--) {
        int at = rest % target.dimension(axis) + shift[axis];
        rest /= target.dimension(axis);
        inside &= at >= 0 && at < source.dimension(axis);
        from += at * strides[axis];
      }
      if (inside) {
        System.arraycopy(x.array(), x.offset() + from, y.array(), y.offset() + i, 1);
      } else {
        y.setLong(i, 0);
      }
    }
    return List.of(y);
  }
}
