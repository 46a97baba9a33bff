package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which scale and zero point belong to which element of a tensor: one to all of it, one to each
 * position along an axis, or one to each block of positions along an axis.
 *
 * @param positions D: extent of the axis
 * @param inner elements that one position of it has
 * @param scales S: how many scales stand along the axis
 * @param block positions that share one
 * @param blocked whether the scales have the tensor's other axes, too
 */
public record Quantization(int positions, int inner, int scales, int block, boolean blocked) {
  /** Takes neighbouring elements that one scale belongs to. */
  @FunctionalInterface
  public interface Run {
    /**
     * Takes one run.
     *
     * @param from the first element
     * @param to the element behind the last one
     * @param scale the position of its scale among the scales
     */
    void accept(int from, int to, int scale);
  }

  /**
   * Fits scales to a tensor.
   *
   * @param scale one element; one for each position along the axis; or x's shape with an extent for
   *     the blocks along the axis
   * @param zeroPoint of the scale's shape, or {@code null}
   * @param blockSize positions to a block, or 0 for the two other forms
   * @throws IllegalArgumentException if the shapes do not fit
   */
  public static Quantization of(
      Tensor x, Tensor scale, @Nullable Tensor zeroPoint, int axis, int blockSize) {
    if (zeroPoint != null && zeroPoint.size() != scale.size()) {
      throw new IllegalArgumentException(
          "expected as many zero points as scales, got %s and %s"
              .formatted(zeroPoint.shape(), scale.shape()));
    }
    if (scale.dataType() != DataType.FP32) {
      throw new IllegalArgumentException("expected scales of FP32, got " + scale);
    }
    Shape shape = x.shape();
    if (blockSize == 0 && scale.size() == 1 && scale.shape().rank() <= 1) {
      return new Quantization(1, Math.max(1, x.size()), 1, 1, false);
    }
    int at = shape.axis(axis);
    int extent = shape.dimension(at);
    int inner = shape.size(at + 1, shape.rank());
    if (blockSize == 0) {
      if (!scale.shape().equals(Shape.of(extent))) {
        throw new IllegalArgumentException(
            "expected one scale, or %d for axis %d of %s, got %s"
                .formatted(extent, at, shape, scale.shape()));
      }
      return new Quantization(extent, inner, extent, 1, false);
    }
    if (blockSize < 0 || !scale.shape().equals(shape.with(at, Math.ceilDiv(extent, blockSize)))) {
      throw new IllegalArgumentException(
          "expected scales of shape %s for blocks of %d along axis %d of %s, got %s"
              .formatted(
                  blockSize < 0 ? "?" : shape.with(at, Math.ceilDiv(extent, blockSize)),
                  blockSize,
                  at,
                  shape,
                  scale.shape()));
    }
    return new Quantization(extent, inner, scale.shape().dimension(at), blockSize, true);
  }

  /** All runs of a tensor of so many elements, in order. */
  public void forEachRun(int elements, Run run) {
    int whole = positions * inner;
    for (int from = 0; from < elements; from += inner) {
      int position = from % whole / inner;
      if (!blocked) {
        run.accept(from, from + inner, position);
        continue;
      }
      int scale = (from / whole * scales + position / block) * inner;
      for (int i = 0; i < inner; i++) {
        run.accept(from + i, from + i + 1, scale + i);
      }
    }
  }

  /** The least number of an integer type. */
  public static long least(DataType type) {
    return type.isUnsigned() ? 0 : -1L << (8 * type.bytes() - 1);
  }

  /** The greatest number of an integer type of up to 32 bits. */
  public static long greatest(DataType type) {
    return (1L << (8 * type.bytes() - (type.isUnsigned() ? 0 : 1))) - 1;
  }

  /** The nearest whole number, of two as near the even one, with the zero point, saturated. */
  public static long saturated(float scaled, long zeroPoint, DataType type) {
    // Exact in double, whatever comes.
    double value = Math.rint((double) scaled) + zeroPoint;
    return (long) Math.clamp(value, (double) least(type), (double) greatest(type));
  }

  /**
   * Requires a tensor of one of these types.
   *
   * @throws IllegalArgumentException if it is of another one
   */
  public static void requireType(Tensor tensor, DataType... types) {
    for (DataType type : types) {
      if (tensor.dataType() == type) {
        return;
      }
    }
    throw new IllegalArgumentException(
        "expected %s, got %s".formatted(Arrays.toString(types), tensor));
  }
}
