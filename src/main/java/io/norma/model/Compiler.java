package io.norma.model;

import io.norma.kernel.compute.Simd;
import java.util.List;

/** Turns the nodes of a network into the steps of a plan. */
final class Compiler {
  private Compiler() {}

  /** The fewest steps: batch normalizations go into the epilogue of the layer before. */
  static List<Step> steps(Network network) {
    return Simd.isAvailable() ? new FusingCompiler(network).steps() : separateSteps(network);
  }

  /** A step for each node. */
  static List<Step> separateSteps(Network network) {
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
