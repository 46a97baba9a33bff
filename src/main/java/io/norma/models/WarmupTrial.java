package io.norma.models;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.TensorMetadata;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a network is tried on before anybody asked for anything: made up inputs.
 *
 * @param value of all elements
 * @param rows of the first axis, where a request decides
 * @param extent of other axes, where a request decides
 */
record WarmupTrial(int value, int rows, int extent) {
  private static final int[] GUESSED_EXTENTS = {32, 224};
  private static final int[] GUESSED_ROWS = {1, 2, 3, 16};
  private static final int[] ONE = {1};

  /** All that are worth trying, one after the other. */
  static List<WarmupTrial> of(ServedModel model) {
    List<WarmupTrial> trials = new ArrayList<>();
    for (int rows : hasOpenExtent(model, 0) ? GUESSED_ROWS : ONE) {
      for (int extent : hasOpenExtent(model, 1) ? GUESSED_EXTENTS : ONE) {
        trials.add(new WarmupTrial(0, rows, extent));
        trials.add(new WarmupTrial(1, rows, extent));
      }
    }
    return trials;
  }

  /** Whether the first extent of every input is left open. */
  static boolean takesBatches(ServedModel model) {
    return model.network().inputs().stream()
        .allMatch(input -> !input.shape().isEmpty() && input.shape().getFirst() < 0);
  }

  /** Whether a request decides an extent of an input, from an axis on. */
  private static boolean hasOpenExtent(ServedModel model, int fromAxis) {
    return model.network().inputs().stream()
        .anyMatch(input -> input.shape().stream().skip(fromAxis).anyMatch(extent -> extent < 0));
  }

  /**
   * Whether no request can make a difference to whether the network runs: extents are fixed, and no
   * input can be a size, a count or a divisor.
   */
  static boolean isDecidedByShapes(ServedModel model) {
    return !hasOpenExtent(model, 0)
        && model.network().inputs().stream().allMatch(input -> input.dataType().isFloatingPoint());
  }

  /** Whether no request can bring less than one row does: all but the rows is fixed. */
  static boolean isLeast(ServedModel model) {
    return !hasOpenExtent(model, 1)
        && model.network().inputs().stream()
            .allMatch(input ->
                input.dataType().isFloatingPoint()
                    && (input.shape().size() > 1 || !input.hasDynamicBatch()));
  }

  /**
   * So many rows.
   *
   * @throws io.norma.kernel.tensor.MemoryLimitException if there is no memory for them
   */
  List<Tensor> inputs(ServedModel model, int rows) {
    List<Shape> shapes = new ArrayList<>();
    long bytes = 0;
    for (TensorMetadata input : model.network().inputs()) {
      Shape shape = shape(input, extent, rows);
      shapes.add(shape);
      bytes += (long) shape.size() * input.dataType().bytes();
    }
    model.requireSpace(bytes);
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      Tensor tensor = Tensor.zeros(model.network().inputs().get(i).dataType(), shapes.get(i));
      for (int e = 0; e < tensor.size() && value != 0; e++) {
        tensor.setLong(e, value);
      }
      inputs.add(tensor);
    }
    return inputs;
  }

  private static Shape shape(TensorMetadata input, int extent, int rows) {
    long[] dimensions = input.shape().stream().mapToLong(Long::longValue).toArray();
    for (int axis = 0; axis < dimensions.length; axis++) {
      if (dimensions[axis] < 0) {
        dimensions[axis] = axis == 0 ? rows : extent;
      }
    }
    try {
      return Shape.ofLongs(dimensions);
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid(
          "input '%s' cannot be had: %s".formatted(input.name(), e.getMessage()), e);
    }
  }
}
