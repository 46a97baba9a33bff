package io.norma.onnx.operators;

import io.norma.kernel.layer.Layer;
import java.util.Map;

/**
 * An operator of ONNX's default domain.
 *
 * @param versions every version of the operator's definition, oldest first, that the factory
 *     understands
 */
public record Operator(int[] versions, LayerFactory factory) {
  /** Makes a layer from a node's attributes. */
  @FunctionalInterface
  public interface LayerFactory {
    Layer create(Attributes attributes);
  }

  /** A line of the table of operators. */
  static Map.Entry<String, Operator> operator(String name, LayerFactory factory, int... versions) {
    return Map.entry(name, new Operator(versions, factory));
  }

  /**
   * The version in force under an operator set: the greatest that is not above it, or 0 if the
   * operator came later or its older definitions are not understood.
   */
  public int versionUnder(long operatorSet) {
    int inForce = 0;
    for (int version : versions) {
      if (version <= operatorSet) {
        inForce = version;
      }
    }
    return inForce;
  }
}
