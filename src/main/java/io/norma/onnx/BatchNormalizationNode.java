package io.norma.onnx;

import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A {@code BatchNormalization} node, the differences between its versions smoothed out. Inputs: x,
 * γ, β, μ, σ².
 *
 * @param trainingMode whether the file asks for the batch's own statistics: {@code is_test} 0
 *     (versions 1 and 6), more outputs than y (7 and 9), {@code training_mode} 1 (14 and 15)
 * @param usesStatistics whether something reads the node's updated running statistics
 */
record BatchNormalizationNode(
    FileNode node, Attributes attributes, boolean trainingMode, boolean usesStatistics) {
  private static final int INPUTS = 5;

  /** Such a node is computed by its step in a plan, by the running statistics of the run. */
  static final Layer LATE_BOUND =
      (inputs, memory) -> {
        throw new IllegalStateException("a late-bound batch normalization has no layer of its own");
      };

  /**
   * @throws IllegalArgumentException if it is of a kind that is not supported
   */
  static BatchNormalizationNode of(FileNode node, int operatorSet, Set<String> usedValues) {
    if (node.proto().getInputCount() != INPUTS || node.proto().getOutputCount() < 1) {
      throw new MalformedOnnxException(
          "node %s must have 5 inputs and at least 1 output, but has %d and %d"
              .formatted(node, node.proto().getInputCount(), node.proto().getOutputCount()));
    }
    Attributes attributes = new Attributes(node.proto(), operatorSet);
    if (operatorSet < 9 && !attributes.flag("spatial", true)) {
      throw new IllegalArgumentException(
          "spatial=0, statistics per element instead of per channel, is not supported");
    }
    List<String> others =
        node.proto().getOutputList().stream().skip(1).filter(name -> !name.isEmpty()).toList();
    boolean trainingMode;
    if (operatorSet >= 14) {
      trainingMode = attributes.flag("training_mode", false);
    } else if (operatorSet >= 7) {
      trainingMode = !others.isEmpty();
    } else {
      trainingMode = !attributes.flag("is_test", false);
    }
    // Before version 14 the updated statistics may go by the same names as the old ones.
    List<String> inputs = node.proto().getInputList();
    boolean usesStatistics =
        others.stream().anyMatch(name -> usedValues.contains(name) && !inputs.contains(name));
    return new BatchNormalizationNode(node, attributes, trainingMode, usesStatistics);
  }

  /** γ, β, μ and σ² if all of them are FP32 constants, else nothing. */
  List<Tensor> constantParameters(Values values) {
    List<Tensor> parameters = new ArrayList<>();
    for (int i = 1; i < INPUTS; i++) {
      Tensor parameter = values.constant(node.proto().getInput(i));
      if (parameter == null || parameter.dataType() != DataType.FP32) {
        return List.of();
      }
      parameters.add(parameter);
    }
    return parameters;
  }

  /** Names of γ, β, μ and σ². */
  List<String> parameterNames() {
    return node.proto().getInputList().subList(1, INPUTS);
  }
}
