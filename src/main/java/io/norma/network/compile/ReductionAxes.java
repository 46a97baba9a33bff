package io.norma.network.compile;

import io.norma.kernel.layer.Reduction;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Node;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The axes of a reduction as far as they are known before a run. */
final class ReductionAxes {
  private ReductionAxes() {}

  /** The axes, of an attribute or a constant; {@code null} if neither says. */
  static int @Nullable [] of(Reduction reduction, Node node, Map<String, Tensor> constants) {
    if (reduction.axes() != null || node.inputs().size() < 2) {
      return reduction.axes();
    }
    Tensor constant = constants.get(node.inputs().get(1));
    return constant == null
        ? null
        : Arrays.stream(constant.toLongArray())
            .mapToInt(axis -> Math.clamp(axis, -Integer.MAX_VALUE, Integer.MAX_VALUE))
            .toArray();
  }
}
