package io.norma.network.compile;

import io.norma.kernel.layer.Identity;
import io.norma.kernel.layer.Pad;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Node;
import java.util.Arrays;
import java.util.Map;

/** Layers that pass a value on as it is: exporters write a padding by nothing at all. */
final class PassThrough {
  private PassThrough() {}

  /** Whether a node's output is its first input. */
  static boolean is(Node node, Map<String, Tensor> constants) {
    return switch (node.layer()) {
      case Identity _ -> true;
      case Pad pad -> {
        if (pad.pads() != null) {
          yield Arrays.stream(pad.pads()).allMatch(p -> p == 0);
        }
        Tensor pads = node.inputs().size() < 2 ? null : constants.get(node.inputs().get(1));
        yield pads != null && Arrays.stream(pads.toLongArray()).allMatch(p -> p == 0);
      }
      default -> false;
    };
  }
}
