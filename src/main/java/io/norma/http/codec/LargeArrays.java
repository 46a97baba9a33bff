package io.norma.http.codec;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Large arrays of floats that a request is done with, for the next one of the same size: a new
 * array costs clearing it, and soon after a collection. No more than a few are kept, and none when
 * memory runs short.
 */
public final class LargeArrays {
  /** Elements; for less a new array is cheap. */
  private static final int LARGE = 1 << 18;

  private static final int MOST_KEPT = 4;

  private static final LargeArrays SHARED = new LargeArrays();

  private final Deque<SoftReference<float[]>> kept = new ArrayDeque<>();

  LargeArrays() {}

  /** Those of this process. */
  public static LargeArrays shared() {
    return SHARED;
  }

  /** A tensor whose elements may have any value: its user has to set every one. */
  Tensor take(DataType dataType, Shape shape) {
    float[] array = dataType == DataType.FP32 ? find(shape.size()) : null;
    return array == null ? Tensor.zeros(dataType, shape) : Tensor.of(shape, array);
  }

  /** Takes back a tensor that nobody, from now on, reads or writes. */
  public void give(Tensor tensor) {
    if (tensor.dataType() == DataType.FP32 && tensor.floats().length >= LARGE) {
      keep(tensor.floats());
    }
  }

  private synchronized float @Nullable [] find(int size) {
    for (Iterator<SoftReference<float[]>> references = kept.iterator(); references.hasNext(); ) {
      float[] array = references.next().get();
      if (array == null || array.length == size) {
        references.remove();
      }
      if (array != null && array.length == size) {
        return array;
      }
    }
    return null;
  }

  private synchronized void keep(float[] array) {
    for (SoftReference<float[]> reference : kept) {
      if (reference.refersTo(array)) {
        return;
      }
    }
    // The oldest makes room: arrays of a size that is no longer asked for must not stay.
    if (kept.size() == MOST_KEPT) {
      kept.removeFirst();
    }
    kept.addLast(new SoftReference<>(array));
  }
}
