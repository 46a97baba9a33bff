package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.Shape;
import java.util.Arrays;

/**
 * How a window slides over the spatial axes of an input of shape (N, C, D₁, …, Dᵣ): the attributes
 * that convolutions and poolings share. Empty lists stand for defaults: kernel as the weights have
 * it, strides and dilations of 1, pads of 0. The arrays are not changed after construction.
 *
 * @param kernel window extents, one per spatial axis
 * @param strides steps between neighbouring windows
 * @param dilations steps between neighbouring taps of a window
 * @param pads elements added before each axis, then after each axis: {@code [b₁ … bᵣ, e₁ … eᵣ]};
 *     used with {@link AutoPad#NOTSET} alone
 */
public record Window(AutoPad autoPad, int[] kernel, int[] strides, int[] dilations, int[] pads) {
  /**
   * The most elements along an axis, padding included: positions stay within {@code int} even where
   * the last window reaches beyond them.
   */
  static final int LONGEST_AXIS = 1 << 30;

  /**
   * @throws IllegalArgumentException if an extent, stride or dilation is not positive, a pad is
   *     negative or the window's extent passes 2³⁰
   */
  public Window {
    kernel = positive("kernel_shape", kernel);
    strides = positive("strides", strides);
    dilations = positive("dilations", dilations);
    pads = pads.clone();
    for (int pad : pads) {
      if (pad < 0) {
        throw new IllegalArgumentException(
            "pads must not be negative, got " + Arrays.toString(pads));
      }
    }
    for (int axis = 0; axis < kernel.length && kernel.length == dilations.length; axis++) {
      requireLength("the window", extent(kernel[axis], dilations[axis]), axis + 2);
    }
  }

  /**
   * How many positions a window reaches over: {@code (kernel − 1)·dilation + 1}.
   *
   * @throws IllegalArgumentException if the kernel has no element
   */
  public static long extent(int kernel, int dilation) {
    if (kernel < 1) {
      throw new IllegalArgumentException("a window needs an element, but its kernel has none");
    }
    return (kernel - 1L) * dilation + 1;
  }

  /**
   * A number of elements along an axis.
   *
   * @throws IllegalArgumentException if there are too many to count
   */
  public static int requireLength(String what, long length, int axis) {
    if (length > LONGEST_AXIS) {
      throw new IllegalArgumentException(
          "%s would have an extent of %d on axis %d, more than the %d that are supported"
              .formatted(what, length, axis, LONGEST_AXIS));
    }
    return (int) length;
  }

  private static int[] positive(String name, int[] values) {
    for (int value : values) {
      if (value <= 0) {
        throw new IllegalArgumentException(
            name + " must be positive, got " + Arrays.toString(values));
      }
    }
    return values.clone();
  }

  /** Given pads and strides of 1 for a kernel: {@code [k₁ … kᵣ]}. */
  public static Window of(int[] kernel, int[] strides, int[] pads) {
    return new Window(AutoPad.NOTSET, kernel, strides, new int[0], pads);
  }

  /** Whether all strides and dilations are 1. */
  public boolean isDense() {
    return Arrays.stream(strides).allMatch(stride -> stride == 1)
        && Arrays.stream(dilations).allMatch(dilation -> dilation == 1);
  }

  /**
   * The window over an input of shape (N, C, D₁, …, Dᵣ), output extents rounded down: {@code ⌊(D +
   * pads − extent) / stride⌋ + 1} with {@code extent = (kernel − 1)·dilation + 1}.
   *
   * @param kernel window extents
   * @throws IllegalArgumentException if the lists do not fit the input's rank or no window fits in
   */
  public SlidingWindow over(Shape x, int[] kernel) {
    return over(x, kernel, false);
  }

  /**
   * As {@link #over(Shape, int[])}, output extents rounded up where {@code ceil} says so; a last
   * window that would start beyond the input and its leading pad is left out.
   */
  public SlidingWindow over(Shape x, int[] kernel, boolean ceil) {
    int rank = x.rank() - 2;
    if (rank < 1) {
      throw new IllegalArgumentException(
          "expected an input of shape (N, C, D1, …) with at least one spatial axis, got " + x);
    }
    if (kernel.length != rank) {
      throw new IllegalArgumentException(
          "expected a kernel of %d extents for an input of shape %s, got %s"
              .formatted(rank, x, Arrays.toString(kernel)));
    }
    int[] input = Arrays.copyOfRange(x.dimensions(), 2, rank + 2);
    int[] steps = orElse("strides", strides, rank, 1);
    int[] gaps = orElse("dilations", dilations, rank, 1);
    int[] given = orElse("pads", pads, 2 * rank, 0);
    int[] begin = new int[rank];
    int[] end = new int[rank];
    int[] output = new int[rank];
    for (int axis = 0; axis < rank; axis++) {
      int extent = requireLength("the window", extent(kernel[axis], gaps[axis]), axis + 2);
      switch (autoPad) {
        case NOTSET -> {
          begin[axis] = given[axis];
          end[axis] = given[rank + axis];
        }
        case VALID -> {}
        case SAME_UPPER, SAME_LOWER -> {
          long last = (Math.ceilDiv(input[axis], steps[axis]) - 1L) * steps[axis];
          int total = (int) Math.max(0, last + extent - input[axis]);
          begin[axis] = autoPad == AutoPad.SAME_UPPER ? total / 2 : total - total / 2;
          end[axis] = total - begin[axis];
        }
      }
      long padded = (long) input[axis] + begin[axis] + end[axis];
      int room = requireLength("the padded input", padded, axis + 2) - extent;
      if (room < 0) {
        throw new IllegalArgumentException(
            "a window of extent %d does not fit axis %d of shape %s with pads %d and %d"
                .formatted(extent, axis + 2, x, begin[axis], end[axis]));
      }
      output[axis] = (ceil ? Math.ceilDiv(room, steps[axis]) : room / steps[axis]) + 1;
      if (ceil && (output[axis] - 1L) * steps[axis] >= input[axis] + begin[axis]) {
        output[axis]--;
      }
    }
    return new SlidingWindow(input, kernel, steps, gaps, begin, end, output);
  }

  public static int[] orElse(String name, int[] values, int length, int otherwise) {
    if (values.length == 0) {
      int[] all = new int[length];
      Arrays.fill(all, otherwise);
      return all;
    }
    if (values.length != length) {
      throw new IllegalArgumentException(
          "expected %d %s, got %s".formatted(length, name, Arrays.toString(values)));
    }
    return values;
  }
}
