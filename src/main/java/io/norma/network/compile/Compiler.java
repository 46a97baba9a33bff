package io.norma.network.compile;

import io.norma.kernel.compute.Simd;
import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.steps.BatchNormalizationStep;
import io.norma.network.steps.LayerStep;
import io.norma.network.steps.Step;
import java.util.List;

/** Turns the nodes of a network into the steps of a plan. */
public final class Compiler {
  private Compiler() {}

  /**
   * The fewest steps: batch normalizations go into the epilogue of the layer before.
   *
   * @param weights how those of dense layers are kept, where there are vectors
   */
  public static List<Step> steps(Network network, WeightFormat weights) {
    return Simd.isAvailable()
        ? new FusingCompiler(network, weights).steps()
        : separateSteps(network);
  }

  /** A step for each node. */
  public static List<Step> separateSteps(Network network) {
    return network.nodes().stream().map(node -> step(network, node)).toList();
  }

  /** A step for one node. */
  static Step step(Network network, Node node) {
    if (node.batchNormalization() == null) {
      return new LayerStep(node);
    }
    int index =
        BatchNormalizationLayer.indexOf(network.batchNormalizations(), node.batchNormalization());
    return new BatchNormalizationStep(node, network.batchNormalizations().get(index), index);
  }
}
