package io.norma.kernel.layer;

import io.norma.kernel.layer.support.SlidingWindow;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;

/** What the pooling layers share: a window over each plane of an (N, C, D₁, …, Dᵣ) tensor. */
final class Pooling {
  /** Products that other layers make in the time that one element of a window takes. */
  private static final long SLOW = 4;

  private Pooling() {}

  /**
   * Requires the window to have extents of its own.
   *
   * @throws IllegalArgumentException if it has none
   */
  static void requireKernel(Window window) {
    if (window.kernel().length == 0) {
      throw new IllegalArgumentException("pooling needs kernel_shape, which is absent");
    }
  }

  static SlidingWindow geometry(Window window, Tensor x, boolean ceil) {
    return window.over(x.shape(), window.kernel(), ceil);
  }

  static int planes(Tensor x) {
    return x.shape().dimension(0) * x.shape().dimension(1);
  }

  static Tensor output(Tensor x, SlidingWindow geometry, DataType dataType, Memory memory) {
    memory.work(WorkLimit.product(SLOW, planes(x), geometry.positions(), geometry.taps()));
    return memory.allocate(
        dataType, geometry.outputShape(x.shape().dimension(0), x.shape().dimension(1)));
  }

  /**
   * Requires at least one spatial element per plane, over which a global pooling is defined.
   *
   * @throws IllegalArgumentException if there is none
   */
  static int planeSize(Shape x) {
    if (x.rank() < 2) {
      throw new IllegalArgumentException("expected an input of shape (N, C, D1, …), got " + x);
    }
    int size = x.size(2, x.rank());
    if (size == 0) {
      throw new IllegalArgumentException("global pooling of no elements: the input is " + x);
    }
    return size;
  }

  /** The shape (N, C, 1, …, 1) that a global pooling leaves. */
  static Shape collapsed(Shape x) {
    int[] dimensions = x.dimensions();
    for (int axis = 2; axis < dimensions.length; axis++) {
      dimensions[axis] = 1;
    }
    return Shape.of(dimensions);
  }
}
