package io.norma.onnx;

import static java.util.Map.entry;

import io.norma.kernel.layer.AveragePool;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.Elu;
import io.norma.kernel.layer.GlobalAveragePool;
import io.norma.kernel.layer.GlobalLpPool;
import io.norma.kernel.layer.GlobalMaxPool;
import io.norma.kernel.layer.Hardmax;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.LogSoftmax;
import io.norma.kernel.layer.MatMul;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.Softmax;
import io.norma.kernel.layer.SoftmaxAxis;
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
      Map.ofEntries(
          operator(
              "AveragePool",
              a ->
                  new AveragePool(
                      Windows.window(a),
                      a.flag("ceil_mode", false),
                      a.flag("count_include_pad", false)),
              7,
              10,
              11,
              19,
              22),
          operator(
              "Conv", a -> new Convolution(Windows.window(a), a.integer("group", 1)), 1, 11, 22),
          operator("Elu", a -> new Elu(a.real("alpha", 1)), 1, 6, 22),
          operator(
              "Gemm",
              a ->
                  new Dense(
                      a.real("alpha", 1),
                      a.real("beta", 1),
                      a.flag("transA", false),
                      a.flag("transB", false)),
              7,
              9,
              11,
              13),
          operator("GlobalAveragePool", a -> new GlobalAveragePool(), 1, 22),
          operator("GlobalLpPool", a -> new GlobalLpPool(a.integer("p", 2)), 2, 22),
          operator("GlobalMaxPool", a -> new GlobalMaxPool(), 1, 22),
          operator("Hardmax", a -> new Hardmax(softmaxAxis(a)), 1, 11, 13),
          operator("LogSoftmax", a -> new LogSoftmax(softmaxAxis(a)), 1, 11, 13),
          operator("MatMul", a -> new MatMul(), 1, 9, 13),
          operator(
              "MaxPool",
              a ->
                  new MaxPool(
                      Windows.window(a),
                      a.flag("ceil_mode", false),
                      a.hasOutput(1),
                      a.flag("storage_order", false)),
              1,
              8,
              10,
              11,
              12,
              22),
          operator("Softmax", a -> new Softmax(softmaxAxis(a)), 1, 11, 13));

  private OnnxOperators() {}

  static @Nullable Operator find(String name) {
    return OPERATORS.get(name);
  }

  private static SoftmaxAxis softmaxAxis(Attributes attributes) {
    boolean flattens = attributes.operatorSet() < 13;
    return new SoftmaxAxis(attributes.integer("axis", flattens ? 1 : -1), flattens);
  }

  private static Map.Entry<String, Operator> operator(
      String name, LayerFactory factory, int... versions) {
    return entry(name, new Operator(versions, factory));
  }
}
