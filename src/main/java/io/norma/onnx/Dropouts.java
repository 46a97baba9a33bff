package io.norma.onnx;

import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.file.FileNode;
import io.norma.onnx.file.Unsupported;
import io.norma.onnx.operators.Attributes;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Dropouts, which are served as the identity.
 *
 * @param constants the value of a constant by its name
 * @param isRead whether something reads a value
 */
record Dropouts(
    Function<String, @Nullable Tensor> constants, Predicate<String> isRead, int operatorSet) {
  /** Whether it is a dropout whose mode is known and whose mask nothing reads. */
  boolean isIdentity(FileNode node) {
    if (!node.operator().equals("Dropout")
        || !Unsupported.isDefaultDomain(node.proto().getDomain())) {
      return false;
    }
    List<String> inputs = node.proto().getInputList();
    List<String> outputs = node.proto().getOutputList();
    boolean modeIsKnown =
        inputs.size() < 3 || inputs.get(2).isEmpty() || constants.apply(inputs.get(2)) != null;
    return modeIsKnown && !inputs.isEmpty() && outputs.stream().skip(1).noneMatch(isRead);
  }

  /**
   * Whether a dropout drops: before version 7 unless told not to, since 12 if its input says so.
   */
  boolean isTraining(FileNode node) {
    if (operatorSet < 7) {
      return !new Attributes(node.proto(), operatorSet).flag("is_test", false);
    }
    Tensor trainingMode =
        node.proto().getInputCount() > 2 ? constants.apply(node.proto().getInput(2)) : null;
    return trainingMode != null && trainingMode.size() == 1 && trainingMode.getLong(0) != 0;
  }
}
