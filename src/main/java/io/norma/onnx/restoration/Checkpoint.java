package io.norma.onnx.restoration;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * What a network's parameters and buffers were when its file was exported: a state dict. Tensors of
 * real numbers alone; counters such as {@code num_batches_tracked} are left out. Elements are read
 * when they are asked for, and of a large tensor mostly a few.
 */
public interface Checkpoint {
  /** Names of its tensors, as it has them, prefixes included. */
  Set<String> names();

  /** A tensor's shape. */
  Shape shape(String name);

  /**
   * Elements of a tensor, in row-major order, in an array of their own; those of another precision
   * are converted.
   *
   * @param from position of the first
   * @param to position behind the last
   */
  float[] elements(String name, int from, int to);

  /** A checkpoint of FP32 tensors that are in memory. */
  static Checkpoint of(Map<String, Tensor> tensors) {
    Map<String, Tensor> all = Map.copyOf(tensors);
    return new Checkpoint() {
      @Override
      public Set<String> names() {
        return all.keySet();
      }

      @Override
      public Shape shape(String name) {
        return tensor(name).shape();
      }

      @Override
      public float[] elements(String name, int from, int to) {
        Tensor tensor = tensor(name);
        return Arrays.copyOfRange(tensor.floats(), tensor.offset() + from, tensor.offset() + to);
      }

      private Tensor tensor(String name) {
        Tensor tensor = all.get(name);
        if (tensor == null) {
          throw new IllegalArgumentException("no tensor '" + name + "'");
        }
        return tensor;
      }
    };
  }
}
