package io.norma.kernel.layer.support;

import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.tensor.Shape;

/**
 * A {@link Window} over the spatial axes of one input: all extents known. Tap t of output position
 * o reads input position {@code o·stride − begin + t·dilation} on each axis, or padding where that
 * lies outside. The arrays, one element per spatial axis, are not changed after construction.
 *
 * @param input extents of the input
 * @param begin padding before each axis
 * @param end padding behind each axis
 * @param output extents of the output
 */
public record SlidingWindow(
    int[] input,
    int[] kernel,
    int[] strides,
    int[] dilations,
    int[] begin,
    int[] end,
    int[] output) {

  /** Takes neighbouring output positions along the last axis that one tap serves from the input. */
  @FunctionalInterface
  public interface RunConsumer {
    /**
     * Takes one run.
     *
     * @param tap index of the tap, row-major in the kernel
     * @param x position in the input plane that the first output position reads; the next ones
     *     follow {@link SlidingWindow#step()} apart
     * @param y the first output position in the output plane; the next ones follow 1 apart
     * @param length how many positions
     */
    void accept(int tap, int x, int y, int length);
  }

  public int rank() {
    return input.length;
  }

  /** The same window over maps of two spatial axes. */
  public PlaneGeometry plane() {
    return new PlaneGeometry(
        input[0],
        input[1],
        kernel[0],
        kernel[1],
        strides[0],
        strides[1],
        begin[0],
        begin[1],
        dilations[0],
        dilations[1],
        output[0],
        output[1]);
  }

  /** Elements of one channel of the input. */
  public int inputSize() {
    return Shape.of(input).size();
  }

  /** Elements of one channel of the output. */
  public int positions() {
    return Shape.of(output).size();
  }

  /** Elements of the window. */
  public int taps() {
    return Shape.of(kernel).size();
  }

  /** The stride along the last axis. */
  public int step() {
    return strides[rank() - 1];
  }

  /** Whether every output position reads the input position of the same index and no other. */
  public boolean isIdentity() {
    for (int axis = 0; axis < rank(); axis++) {
      if (kernel[axis] != 1 || strides[axis] != 1 || begin[axis] != 0 || end[axis] != 0) {
        return false;
      }
    }
    return true;
  }

  /** The shape of the output for n images of c channels. */
  public Shape outputShape(int n, int c) {
    int[] dimensions = new int[rank() + 2];
    dimensions[0] = n;
    dimensions[1] = c;
    System.arraycopy(output, 0, dimensions, 2, rank());
    return Shape.of(dimensions);
  }

  /** All runs of one plane: by output row, then by tap. Padding is left out. */
  public void forEachRun(RunConsumer consumer) {
    forEachRun(0, positions(), consumer);
  }

  /** The runs of the output positions from {@code from} (inclusive) to {@code to} (exclusive). */
  public void forEachRun(int from, int to, RunConsumer consumer) {
    int last = rank() - 1;
    int width = output[last];
    int columns = kernel[last];
    int[] first = new int[columns];
    int[] beyond = new int[columns];
    for (int t = 0; t < columns; t++) {
      int shift = t * dilations[last] - begin[last];
      first[t] = Math.max(0, Math.ceilDiv(-shift, strides[last]));
      beyond[t] = Math.min(width, Math.ceilDiv(input[last] - shift, strides[last]));
    }
    int outerTaps = taps() / columns;
    for (int row = from / width; row * width < to; row++) {
      int rowFrom = Math.max(0, from - row * width);
      int rowTo = Math.min(width, to - row * width);
      for (int tap = 0; tap < outerTaps; tap++) {
        int line = line(row, tap);
        if (line < 0) {
          continue;
        }
        for (int t = 0; t < columns; t++) {
          int start = Math.max(first[t], rowFrom);
          int length = Math.min(beyond[t], rowTo) - start;
          if (length > 0) {
            int x = line + start * strides[last] + t * dilations[last] - begin[last];
            consumer.accept(tap * columns + t, x, row * width + start, length);
          }
        }
      }
    }
  }

  /** Where the input line of an output row and an outer tap starts, or −1 if it is padding. */
  private int line(int row, int tap) {
    int line = 0;
    int stride = input[rank() - 1];
    for (int axis = rank() - 2; axis >= 0; axis--) {
      int at =
          row % output[axis] * strides[axis] - begin[axis] + tap % kernel[axis] * dilations[axis];
      if (at < 0 || at >= input[axis]) {
        return -1;
      }
      line += at * stride;
      stride *= input[axis];
      row /= output[axis];
      tap /= kernel[axis];
    }
    return line;
  }
}
