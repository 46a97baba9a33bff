package io.norma.onnx;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The operators of ONNX's default domain: each with the versions of its definition that are
 * understood and the layer it becomes. Adding an operator is one line, in {@link
 * ElementwiseOperators}, {@link LayerOperators} or {@link TensorOperators}.
 *
 * <p>An operator's version is the operator set in which its definition last changed; versions there
 * are the ones whose meaning the layer has been checked against ("Operators.md" and "Changelog.md"
 * of ONNX).
 */
final class OnnxOperators {
  /** Newest operator set of the default domain whose definitions the table covers. */
  static final int NEWEST_OPERATOR_SET = 28;

  private static final Map<String, Operator> OPERATORS =
      Stream.of(ElementwiseOperators.ALL, LayerOperators.ALL, TensorOperators.ALL)
          .flatMap(family -> family.entrySet().stream())
          .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

  private OnnxOperators() {}

  /** Every operator that has a line. */
  static Set<String> names() {
    return OPERATORS.keySet();
  }

  static @Nullable Operator find(String name) {
    return OPERATORS.get(name);
  }
}
