package io.norma.onnx;

import io.norma.kernel.layer.Transpose;
import io.norma.kernel.tensor.Shape;
import io.norma.network.Node;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Where a value has its channels: batch normalizations have them on axis 1, networks from Keras on
 * the last one.
 *
 * @param rank how many axes the value has
 * @param axis which of them counts the channels
 */
public record ChannelAxis(int rank, int axis) {
  private static final int SECOND = 1;

  /**
   * The only axis with an extent of a constant that is broadcast, counted from the last one, or −1
   * if there is no such axis.
   */
  public static int fromEnd(Shape shape) {
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (shape.dimension(axis) > 1) {
        return shape.dimension(axis) == shape.size() ? shape.rank() - 1 - axis : -1;
      }
    }
    return -1;
  }

  /**
   * A batch normalization of a value x, between transpositions where its channels are not axis 1.
   *
   * @param name of the node
   * @param layer name of the batch normalization that it applies
   * @param names makes names of nodes unique
   */
  public static List<Node> normalization(
      String name,
      String x,
      String y,
      String layer,
      ChannelAxis channels,
      UnaryOperator<String> names) {
    if (channels.axis == SECOND) {
      return List.of(Node.batchNormalization(name, x, y, layer));
    }
    String before = y + "/channels_second";
    String normalized = y + "/normalized";
    return List.of(
        channels.transposed(x, before, channels.axis, SECOND, names),
        Node.batchNormalization(name, before, normalized, layer),
        channels.transposed(normalized, y, SECOND, channels.axis, names));
  }

  private Node transposed(String x, String y, int from, int to, UnaryOperator<String> names) {
    return new Node(
        names.apply(y + "/transposed"),
        "Transpose",
        new Transpose(moved(from, to)),
        List.of(x),
        List.of(y));
  }

  /** The order of axes in which one of them has moved. */
  private int[] moved(int from, int to) {
    int[] order = new int[rank];
    for (int axis = 0, next = 0; axis < rank; axis++) {
      next += next == from ? 1 : 0;
      order[axis] = axis == to ? from : next;
      next += axis == to ? 0 : 1;
    }
    return order;
  }
}
