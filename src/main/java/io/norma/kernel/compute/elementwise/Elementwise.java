package io.norma.kernel.compute.elementwise;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Element-wise functions of tensors of any type; those without a loop of their own go element by
 * element.
 */
public final class Elementwise {
  /** A loop over one run of FP32 elements. */
  @FunctionalInterface
  public interface UnaryLoop {
    void run(float[] x, int xOffset, float[] y, int yOffset, int length);
  }

  /** A question about two elements at these indices. */
  @FunctionalInterface
  public interface Predicate {
    boolean test(Tensor a, int aIndex, Tensor b, int bIndex);
  }

  private Elementwise() {}

  /**
   * {@code y = function(x)} for every element, computed in double and rounded once.
   *
   * @throws IllegalArgumentException if x is neither FP32 nor FP64
   */
  public static Tensor map(Tensor x, Memory memory, DoubleUnaryOperator function) {
    Tensor y = memory.allocate(x.dataType(), x.shape());
    int from = x.offset();
    int to = y.offset();
    if (x.dataType() == DataType.FP64) {
      double[] source = x.doubles();
      double[] target = y.doubles();
      for (int i = 0; i < x.size(); i++) {
        target[to + i] = function.applyAsDouble(source[from + i]);
      }
    } else {
      float[] source = x.floats();
      float[] target = y.floats();
      for (int i = 0; i < x.size(); i++) {
        target[to + i] = (float) function.applyAsDouble(source[from + i]);
      }
    }
    return y;
  }

  /**
   * {@code y = function(x)}, FP32 by a loop.
   *
   * @throws IllegalArgumentException if x is neither FP32 nor FP64
   */
  public static Tensor map(Tensor x, Memory memory, UnaryLoop loop, DoubleUnaryOperator function) {
    if (x.dataType() != DataType.FP32) {
      return map(x, memory, function);
    }
    Tensor y = memory.allocate(DataType.FP32, x.shape());
    loop.run(x.floats(), x.offset(), y.floats(), y.offset(), x.size());
    return y;
  }

  /**
   * {@code y = function(x)} on whole numbers; those of 64 bits without a sign come as their bits.
   */
  public static Tensor mapWhole(Tensor x, Memory memory, LongUnaryOperator function) {
    if (!x.dataType().isInteger()) {
      throw new IllegalArgumentException("expected a tensor of whole numbers, got " + x);
    }
    Tensor y = memory.allocate(x.dataType(), x.shape());
    for (int i = 0; i < x.size(); i++) {
      y.setLong(i, function.applyAsLong(x.getLong(i)));
    }
    return y;
  }

  /** {@code y = function(x)} on any numbers. */
  public static Tensor map(
      Tensor x, Memory memory, DoubleUnaryOperator reals, LongUnaryOperator whole) {
    return x.dataType().isFloatingPoint() ? map(x, memory, reals) : mapWhole(x, memory, whole);
  }

  /**
   * {@code y = operation(a, b)}, broadcasting.
   *
   * @throws IllegalArgumentException if the data types differ or are BOOL, or the shapes do not
   *     broadcast
   */
  public static Tensor combine(Tensor a, Tensor b, Memory memory, BinaryOperation operation) {
    DataType type = requireSameType(a, b);
    if (type == DataType.BOOL) {
      throw new IllegalArgumentException("expected tensors of numbers, got " + a + " and " + b);
    }
    Broadcast broadcast = Broadcast.of(a.shape(), b.shape());
    Tensor y = memory.allocate(type, broadcast.shape());
    BinaryOperation.FloatLoop loop = operation.floats();
    if (type == DataType.FP32 && loop != null) {
      combineFloats(a, b, y, broadcast, loop);
      return y;
    }
    if (type.isFloatingPoint()) {
      combineReals(a, b, y, broadcast, operation.reals());
    } else {
      combineWhole(
          a, b, y, broadcast, type == DataType.UINT64 ? operation.unsigned() : operation.signed());
    }
    return y;
  }

  private static void combineReals(
      Tensor a, Tensor b, Tensor y, Broadcast broadcast, @Nullable DoubleBinaryOperator operator) {
    if (operator == null) {
      throw new IllegalArgumentException(
          "expected tensors of whole numbers, got " + a + " and " + b);
    }
    broadcast.forEachRun((to, indices, strides, length) -> {
      for (int i = 0; i < length; i++) {
        double left = a.getDouble(indices[0] + i * strides[0]);
        double right = b.getDouble(indices[1] + i * strides[1]);
        y.setDouble(to + i, operator.applyAsDouble(left, right));
      }
    });
  }

  private static void combineWhole(
      Tensor a, Tensor b, Tensor y, Broadcast broadcast, LongBinaryOperator operator) {
    broadcast.forEachRun((to, indices, strides, length) -> {
      for (int i = 0; i < length; i++) {
        long left = a.getLong(indices[0] + i * strides[0]);
        long right = b.getLong(indices[1] + i * strides[1]);
        y.setLong(to + i, operator.applyAsLong(left, right));
      }
    });
  }

  private static void combineFloats(
      Tensor a, Tensor b, Tensor y, Broadcast broadcast, BinaryOperation.FloatLoop loop) {
    float[] left = a.floats();
    float[] right = b.floats();
    float[] result = y.floats();
    broadcast.forEachRun((to, indices, strides, length) -> {
      if (strides[0] <= 1 && strides[1] <= 1) {
        loop.run(
            new FloatRun(left, a.offset() + indices[0], strides[0]),
            new FloatRun(right, b.offset() + indices[1], strides[1]),
            result,
            y.offset() + to,
            length);
      } else {
        for (int i = 0; i < length; i++) {
          loop.run(
              new FloatRun(left, a.offset() + indices[0] + i * strides[0], 0),
              new FloatRun(right, b.offset() + indices[1] + i * strides[1], 0),
              result,
              y.offset() + to + i,
              1);
        }
      }
    });
  }

  /**
   * {@code y = predicate(a, b)} as BOOL, broadcasting.
   *
   * @throws IllegalArgumentException if the data types differ or the shapes do not broadcast
   */
  public static Tensor test(Tensor a, Tensor b, Memory memory, Predicate predicate) {
    requireSameType(a, b);
    Broadcast broadcast = Broadcast.of(a.shape(), b.shape());
    Tensor y = memory.allocate(DataType.BOOL, broadcast.shape());
    byte[] result = y.bytes();
    broadcast.forEachRun((to, indices, strides, length) -> {
      for (int i = 0; i < length; i++) {
        boolean holds =
            predicate.test(a, indices[0] + i * strides[0], b, indices[1] + i * strides[1]);
        result[y.offset() + to + i] = (byte) (holds ? 1 : 0);
      }
    });
    return y;
  }

  /**
   * The order of two elements of one type; numbers without a sign by their true size, −0 equal to
   * 0, NaN behind all others.
   */
  public static int compare(Tensor a, int aIndex, Tensor b, int bIndex) {
    return switch (a.dataType()) {
      case FP32, FP64 -> {
        double left = a.getDouble(aIndex);
        double right = b.getDouble(bIndex);
        yield left == right ? 0 : Double.compare(left, right);
      }
      case UINT64 -> Long.compareUnsigned(a.getLong(aIndex), b.getLong(bIndex));
      default -> Long.compare(a.getLong(aIndex), b.getLong(bIndex));
    };
  }

  /**
   * The one data type of these tensors.
   *
   * @throws IllegalArgumentException if there are several, or no tensors
   */
  public static DataType requireSameType(Tensor... tensors) {
    if (tensors.length == 0) {
      throw new IllegalArgumentException("expected one input or more, got none");
    }
    for (Tensor tensor : tensors) {
      if (tensor.dataType() != tensors[0].dataType()) {
        throw new IllegalArgumentException(
            "inputs must have one data type, but are " + Arrays.toString(tensors));
      }
    }
    return tensors[0].dataType();
  }

  /** Copies a tensor's elements to another of the same type and as many elements. */
  public static void copy(Tensor from, Tensor to) {
    System.arraycopy(from.array(), from.offset(), to.array(), to.offset(), from.size());
  }

  /** Strides of a shape seen in another that it broadcasts to: 0 where an axis is repeated. */
  public static int[] broadcastStrides(Shape shape, Shape to) {
    int[] own = shape.strides();
    int[] strides = new int[to.rank()];
    int ahead = to.rank() - shape.rank();
    for (int axis = 0; axis < own.length; axis++) {
      strides[ahead + axis] = shape.dimension(axis) == 1 ? 0 : own[axis];
    }
    return strides;
  }
}
