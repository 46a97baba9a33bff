package io.norma.following;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.TensorMetadata;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NamedTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Rows of several requests, copied, until they are enough. They are in memory alone, and no longer
 * than it takes to make moments of them.
 */
final class RowBuffer {
  private final List<TensorMetadata> inputs;
  private final int capacity;
  private final List<float[]> values = new ArrayList<>();
  private final List<Shape> shapes = new ArrayList<>();
  private int rows;

  /** For so many rows. */
  RowBuffer(List<TensorMetadata> inputs, int capacity) {
    this.inputs = inputs;
    this.capacity = capacity;
  }

  /** Whether rows of such inputs can be put together: FP32 with the rows' axis first. */
  static boolean takes(List<TensorMetadata> inputs) {
    return inputs.stream()
        .allMatch(input ->
            input.dataType() == DataType.FP32
                && !input.anyShape()
                && !input.shape().isEmpty()
                && input.shape().getFirst() == TensorMetadata.DYNAMIC);
  }

  /**
   * Adds as many of a request's rows as there is room for; none if they are of another shape than
   * those that are there.
   */
  void add(List<Tensor> tensors, int count) {
    int taken = Math.min(count, capacity - rows);
    for (int i = 0; i < tensors.size(); i++) {
      Shape row = row(tensors.get(i).shape());
      if (rows > 0 && !row.equals(shapes.get(i))) {
        return;
      }
    }
    for (int i = 0; i < tensors.size(); i++) {
      Tensor tensor = tensors.get(i);
      int length = tensor.size() / count;
      if (rows == 0) {
        shapes.add(row(tensor.shape()));
        values.add(new float[Math.multiplyExact(capacity, length)]);
      }
      System.arraycopy(
          tensor.floats(), tensor.offset(), values.get(i), rows * length, taken * length);
    }
    rows += taken;
  }

  int rows() {
    return rows;
  }

  boolean isFull() {
    return rows == capacity;
  }

  /** These rows as a request. */
  InferenceRequest request(int from, int to) {
    List<NamedTensor> named = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      Shape row = shapes.get(i);
      named.add(
          new NamedTensor(
              inputs.get(i).name(),
              Tensor.of(DataType.FP32, batch(row, to - from), values.get(i), from * row.size())));
    }
    return new InferenceRequest(null, Map.of(), named, List.of());
  }

  private static Shape row(Shape shape) {
    return batch(shape, 1);
  }

  private static Shape batch(Shape shape, int rows) {
    long[] extents = new long[shape.rank()];
    for (int axis = 0; axis < extents.length; axis++) {
      extents[axis] = axis == 0 ? rows : shape.dimension(axis);
    }
    return Shape.ofLongs(extents);
  }
}
