package io.norma.onnx;

import static java.util.Map.entry;

import io.norma.kernel.layer.Elu;
import io.norma.kernel.layer.Layer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of operators of ONNX's default domain: each with the versions of its definition that
 * are understood and the layer it becomes. Adding an operator is one line.
 *
 * <p>An operator's version is the operator set in which its definition last changed; versions here
 * are the ones whose meaning the layer has been checked against ("Operators.md" and "Changelog.md"
 * of ONNX).
 */
final class OnnxOperators {
  /** Newest operator set of the default domain whose definitions the table covers. */
  static final int NEWEST_OPERATOR_SET = 28;

  /** Makes a layer from a node's attributes. */
  @FunctionalInterface
  interface LayerFactory {
    Layer create(Attributes attributes);
  }

  /**
   * @param versions every version of the operator's definition, oldest first, that the factory
   *     understands
   */
  record Operator(int[] versions, LayerFactory factory) {
    /**
     * The version in force under an operator set: the greatest that is not above it, or 0 if the
     * operator came later or its older definitions are not understood.
     */
    int versionUnder(long operatorSet) {
      int inForce = 0;
      for (int version : versions) {
        if (version <= operatorSet) {
          inForce = version;
        }
      }
      return inForce;
    }
  }

  // One line per operator: name, factory, versions. Alphabetical.
  private static final Map<String, Operator> OPERATORS =
      Map.ofEntries(operator("Elu", a -> new Elu(a.real("alpha", 1)), 1, 6, 22));

  private OnnxOperators() {}

  static @Nullable Operator find(String name) {
    return OPERATORS.get(name);
  }

  private static Map.Entry<String, Operator> operator(
      String name, LayerFactory factory, int... versions) {
    return entry(name, new Operator(versions, factory));
  }
}
