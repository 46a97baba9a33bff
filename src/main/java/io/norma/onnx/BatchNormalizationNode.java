package io.norma.onnx;

import io.norma.kernel.layer.Layer;
import io.norma.kernel.normalization.BatchNormalization;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.file.FileNode;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.operators.Attributes;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A {@code BatchNormalization} node, the differences between its versions smoothed out. Inputs: x,
 * γ, β, μ, σ².
 *
 * @param trainingMode whether the file asks for the batch's own statistics: {@code is_test} 0
 *     (versions 1 and 6), more outputs than y (7 and 9), {@code training_mode} 1 (14 and 15)
 * @param usedOutputs how many of its outputs, from the first on, something reads
 */
record BatchNormalizationNode(
    FileNode node, Attributes attributes, boolean trainingMode, int usedOutputs) {
  private static final int INPUTS = 5;

  /** Where μ stands among the inputs, and σ² behind it: training mode can do without. */
  private static final int STATISTICS = 3;

  /**
   * @throws IllegalArgumentException if it is of a kind that is not supported
   */
  static BatchNormalizationNode of(FileNode node, int operatorSet, Set<String> usedValues) {
    Attributes attributes = new Attributes(node.proto(), operatorSet);
    boolean trainingMode = trainingMode(node, attributes);
    int inputs = node.proto().getInputCount();
    int least = trainingMode ? STATISTICS : INPUTS;
    if (inputs < least || inputs > INPUTS || node.proto().getOutputCount() < 1) {
      throw new MalformedOnnxException(
          "node %s must have 5 inputs and at least 1 output, but has %d and %d"
              .formatted(node, inputs, node.proto().getOutputCount()));
    }
    return new BatchNormalizationNode(
        node, attributes, trainingMode, usedOutputs(node, usedValues));
  }

  private static boolean trainingMode(FileNode node, Attributes attributes) {
    if (attributes.operatorSet() >= 14) {
      return attributes.flag("training_mode", false);
    }
    if (attributes.operatorSet() >= 7) {
      return node.proto().getOutputList().stream().skip(1).anyMatch(name -> !name.isEmpty());
    }
    return !attributes.flag("is_test", false);
  }

  /** Before version 14 the updated statistics may go by the same names as the old ones. */
  private static int usedOutputs(FileNode node, Set<String> usedValues) {
    int used = 1;
    for (int i = 1; i < node.proto().getOutputCount(); i++) {
      String output = node.proto().getOutput(i);
      if (usedValues.contains(output) && !node.proto().getInputList().contains(output)) {
        used = i + 1;
      }
    }
    return used;
  }

  double epsilon() {
    return decimal("epsilon", 1e-5f).doubleValue();
  }

  /** ONNX's momentum: the weight of the old running statistics. */
  double decay() {
    return decimal("momentum", 0.9f).doubleValue();
  }

  /** What ONNX calls momentum is the weight of the old value; this is the new batch's. */
  double momentum() {
    return BigDecimal.ONE.subtract(decimal("momentum", 0.9f)).doubleValue();
  }

  /** The decimal that was rounded to the float in the file: 1e-5, not 9.999999747378752e-6. */
  private BigDecimal decimal(String attribute, float otherwise) {
    float value = attributes.real(attribute, otherwise);
    if (!Float.isFinite(value)) {
      throw new IllegalArgumentException(attribute + " must be finite, but is " + value);
    }
    return new BigDecimal(Float.toString(value));
  }

  /**
   * Whether running statistics can be bound late: nothing reads what a frozen one does not make.
   */
  boolean canBeBound(Values values, ExpandedScalars expanded) {
    return usedOutputs == 1 && !constantParameters(values, expanded).isEmpty();
  }

  /**
   * The layer that normalizes with its inputs.
   *
   * @throws IllegalArgumentException if more outputs are read than it has
   */
  Layer layer() {
    if (usedOutputs > 3) {
      throw new IllegalArgumentException(
          "outputs saved_mean and saved_var are not supported; export in evaluation mode");
    }
    return new BatchNormalization(epsilon(), decay(), trainingMode);
  }

  /** The outputs that something reads, and those before them. */
  List<String> outputs() {
    return node.proto().getOutputList().subList(0, usedOutputs);
  }

  /**
   * γ, β, μ and σ² if all of them are FP32 constants, or one constant for each channel of x, else
   * nothing. Statistics that training mode does without are unset: means of 0 and variances of 1.
   *
   * @throws IllegalArgumentException if they are per element of a channel
   */
  List<Tensor> constantParameters(Values values, ExpandedScalars expanded) {
    Tensor mean = values.constant(input(STATISTICS));
    List<Tensor> parameters = new ArrayList<>();
    for (int i = 1; i < INPUTS; i++) {
      boolean unset = trainingMode && i >= STATISTICS && input(i).isEmpty();
      Tensor parameter =
          unset
              ? constant(parameters.getFirst().size(), i == STATISTICS ? 0 : 1)
              : values.constant(input(i));
      if (parameter == null && mean != null) {
        parameter = expanded.vector(input(i), input(0), mean.size());
      }
      if (parameter == null || parameter.dataType() != DataType.FP32) {
        return List.of();
      }
      requirePerChannel(parameter);
      parameters.add(parameter);
    }
    return parameters;
  }

  private static Tensor constant(int channels, float value) {
    float[] values = new float[channels];
    Arrays.fill(values, value);
    return Tensor.of(Shape.of(channels), values);
  }

  /**
   * {@code spatial} 0 means parameters of shape (C, D₁, …), one per element. Exporters also write
   * it where they are (C), one per channel, and where the input has no more axes it is the same.
   */
  private void requirePerChannel(Tensor parameter) {
    boolean perElement = attributes.operatorSet() < 9 && !attributes.flag("spatial", true);
    int longest = Arrays.stream(parameter.shape().dimensions()).max().orElse(1);
    if (perElement && parameter.size() != longest) {
      throw new IllegalArgumentException(
          "spatial=0 with parameters of shape %s, statistics per element instead of per channel, is"
                  .formatted(parameter.shape())
              + " not supported; export with spatial=1, or operator set 9 or later");
    }
  }

  private String input(int index) {
    return index < node.proto().getInputCount() ? node.proto().getInput(index) : "";
  }

  /** Names of γ, β, μ and σ²; those of statistics that the file leaves out are the node's. */
  List<String> parameterNames() {
    List<String> names = new ArrayList<>();
    for (int i = 1; i < INPUTS; i++) {
      String absent = node.name() + (i == STATISTICS ? ".running_mean" : ".running_var");
      names.add(input(i).isEmpty() ? absent : input(i));
    }
    return names;
  }
}
