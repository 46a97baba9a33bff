package io.norma.network;

import io.norma.kernel.layer.Layer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One use of a layer in a network.
 *
 * @param name as the file names it, unique in the network
 * @param operator the operator it came from, such as {@code Conv}
 * @param inputs names of the values it reads; an empty name for an absent optional input
 * @param outputs names of the values it makes; an empty name for one that nobody asked for
 * @param batchNormalization name of the {@link BatchNormalizationLayer} that this node applies, if
 *     it is a batch normalization whose parameters are constants; its only input then is x, its
 *     only output y
 */
public record Node(
    String name,
    String operator,
    Layer layer,
    List<String> inputs,
    List<String> outputs,
    @Nullable String batchNormalization) {
  private static final Layer LATE_BOUND =
      (inputs, memory) -> {
        throw new IllegalStateException("a late-bound batch normalization has no layer of its own");
      };

  public Node {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  public Node(
      String name, String operator, Layer layer, List<String> inputs, List<String> outputs) {
    this(name, operator, layer, inputs, outputs, null);
  }

  /**
   * A node that applies a batch normalization whose running statistics are bound late. It is
   * computed by its step in a plan, by the statistics of the run.
   *
   * @param x name of the value it reads
   * @param y name of the value it makes
   * @param batchNormalization name of the {@link BatchNormalizationLayer}
   */
  public static Node batchNormalization(
      String name, String x, String y, String batchNormalization) {
    return new Node(
        name, "BatchNormalization", LATE_BOUND, List.of(x), List.of(y), batchNormalization);
  }
}
