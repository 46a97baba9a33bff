package io.norma.onnx.operators;

import io.norma.onnx.file.FileNode;
import io.norma.onnx.file.Unsupported;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The operators of ONNX's default domain: each with the versions of its definition that are
 * understood and the layer it becomes. Adding an operator is one line, in {@link
 * ElementwiseOperators}, {@link LayerOperators}, {@link QuantizedOperators}, {@link
 * RandomOperators}, {@link SequenceOperators} or {@link TensorOperators}.
 *
 * <p>An operator's version is the operator set in which its definition last changed; versions there
 * are the ones whose meaning the layer has been checked against ("Operators.md" and "Changelog.md"
 * of ONNX).
 */
public final class OnnxOperators {
  /** Newest operator set of the default domain whose definitions the table covers. */
  public static final int NEWEST_OPERATOR_SET = 28;

  private static final Map<String, Operator> OPERATORS =
      Stream.of(
              ElementwiseOperators.ALL,
              LayerOperators.ALL,
              QuantizedOperators.ALL,
              RandomOperators.ALL,
              SequenceOperators.ALL,
              TensorOperators.ALL)
          .flatMap(family -> family.entrySet().stream())
          .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

  /** Operators that become something else than a layer. */
  private static final Set<String> NO_LAYERS =
      Set.of("BatchNormalization", "Constant", "If", "Loop", "Scan");

  private static final Set<String> SEVERAL_OUTPUTS =
      Set.of(
          "BatchNormalization",
          "Dropout",
          "DynamicQuantizeLinear",
          "GRU",
          "LSTM",
          "LayerNormalization",
          "MaxPool",
          "RNN",
          "Split",
          "TopK");

  private OnnxOperators() {}

  /** Every operator that has a line. */
  public static Set<String> names() {
    return OPERATORS.keySet();
  }

  public static @Nullable Operator find(String name) {
    return OPERATORS.get(name);
  }

  /** Whether a layer of this operator may make more than one output. */
  public static boolean makesSeveralOutputs(String name) {
    return SEVERAL_OUTPUTS.contains(name);
  }

  /** Whether a layer of this operator takes the run's source of random numbers as last input. */
  public static boolean drawsRandomNumbers(String name) {
    return RandomOperators.ALL.containsKey(name);
  }

  /** Why a node's operator is not supported under an operator set, or {@code null} if it is. */
  public static @Nullable String unsupportedReason(FileNode node, int operatorSet) {
    String domain = node.proto().getDomain();
    if (!Unsupported.isDefaultDomain(domain)) {
      // Such as QGemm and QLinearAdd.
      boolean quantized = domain.equals("com.microsoft") && node.operator().startsWith("Q");
      return "operators of domain '"
          + domain
          + "' are not supported"
          + (quantized ? "; quantize with quant_format=QuantFormat.QDQ, which needs none" : "");
    }
    if (NO_LAYERS.contains(node.operator())) {
      return null;
    }
    Operator operator = find(node.operator());
    if (operator == null) {
      return "the operator is not supported";
    }
    return operator.versionUnder(operatorSet) > 0
        ? null
        : "its definition in this operator set is not supported, only those of sets "
            + Arrays.toString(operator.versions());
  }
}
