package io.norma.runningstatistics.diagnosis;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NamedTensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch of pictures with blue, green and red in place of red, green and blue, which libraries
 * differ in: whether its own order was the wrong one can only be tried.
 */
final class ReversedChannels {
  private static final int COLOURS = 3;

  private ReversedChannels() {}

  /**
   * A request with its colours in reverse order.
   *
   * @return {@code null} if it is not one picture in three colours for each row: (N, 3, H, W) or
   *     (N, H, W, 3)
   */
  static @Nullable InferenceRequest of(InferenceRequest request) {
    if (request.inputs().size() != 1) {
      return null;
    }
    NamedTensor input = request.inputs().getFirst();
    Shape shape = input.tensor().shape();
    if (shape.rank() != 4 || !input.tensor().dataType().isFloatingPoint()) {
      return null;
    }
    int axis = shape.dimension(1) == COLOURS ? 1 : shape.dimension(3) == COLOURS ? 3 : -1;
    return axis < 0
        ? null
        : new InferenceRequest(
            request.id(),
            request.parameters(),
            List.of(
                new NamedTensor(input.name(), reversed(input.tensor(), axis), input.elementType())),
            request.outputs());
  }

  private static Tensor reversed(Tensor x, int axis) {
    Tensor y = Tensor.zeros(x.dataType(), x.shape());
    int inner = x.shape().size(axis + 1, x.shape().rank());
    for (int from = 0; from < x.size(); from += inner) {
      int colour = from / inner % COLOURS;
      int to = from + (COLOURS - 1 - 2 * colour) * inner;
      System.arraycopy(x.array(), x.offset() + from, y.array(), y.offset() + to, inner);
    }
    return y;
  }
}
