package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.layer.support.EinsumEquation;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.Arrays;
import java.util.List;

/**
 * Sum of products by Einstein's convention: {@code y[o…] = Σ x₁[t₁…] · x₂[t₂…] · …} over all
 * letters that are not in the output.
 *
 * <p>Inputs: one for each term, numbers of one type; axes that share a letter have one extent, or
 * 1. Output: y, the same type. Real numbers are summed in double, whole ones exactly. Source: ONNX
 * {@code Einsum}.
 *
 * @param equation such as {@code bij,bjk->bik}
 */
public record Einsum(EinsumEquation equation) implements Layer {
  /** Products that other layers make in the time that one takes here. */
  private static final long SLOW = 32;

  /** By the equation as it is written. */
  public Einsum(String equation) {
    this(EinsumEquation.parse(equation));
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor[] tensors = new Tensor[inputs.size()];
    for (int i = 0; i < tensors.length; i++) {
      tensors[i] = inputs.get(i);
    }
    DataType type = Elementwise.requireSameType(tensors);
    if (type == DataType.BOOL) {
      throw new IllegalArgumentException("expected tensors of numbers, got " + tensors[0]);
    }
    EinsumEquation.Bound bound = equation.bind(tensors);
    int[] extents = bound.extents();
    memory.work(
        WorkLimit.product(
            SLOW, WorkLimit.product(Arrays.stream(extents).asLongStream().toArray())));
    Tensor y = memory.allocate(type, bound.shape());
    int[][] strides = bound.strides();
    long summed = 1;
    for (int k = y.shape().rank(); k < extents.length; k++) {
      summed *= extents[k];
    }
    int[] position = new int[extents.length];
    int[] indices = new int[tensors.length];
    for (int i = 0; i < y.size(); i++) {
      double real = 0;
      long whole = 0;
      for (long k = 0; k < summed; k++) {
        if (type.isFloatingPoint()) {
          real += realProduct(tensors, indices);
        } else {
          whole += wholeProduct(tensors, indices);
        }
        advance(position, extents, indices, strides);
      }
      if (type.isFloatingPoint()) {
        y.setDouble(i, real);
      } else {
        y.setLong(i, whole);
      }
    }
    return List.of(y);
  }

  private static double realProduct(Tensor[] tensors, int[] indices) {
    double product = 1;
    for (int t = 0; t < tensors.length; t++) {
      product *= tensors[t].getDouble(indices[t]);
    }
    return product;
  }

  private static long wholeProduct(Tensor[] tensors, int[] indices) {
    long product = 1;
    for (int t = 0; t < tensors.length; t++) {
      product *= tensors[t].getLong(indices[t]);
    }
    return product;
  }

  /** To the next position, last letter first; from the last one back to the first. */
  private static void advance(int[] position, int[] extents, int[] indices, int[][] strides) {
    for (int k = extents.length - 1; k >= 0; k--) {
      boolean wraps = ++position[k] == extents[k];
      for (int t = 0; t < indices.length; t++) {
        indices[t] += wraps ? strides[t][k] * (1 - extents[k]) : strides[t][k];
      }
      if (!wraps) {
        return;
      }
      position[k] = 0;
    }
  }
}
