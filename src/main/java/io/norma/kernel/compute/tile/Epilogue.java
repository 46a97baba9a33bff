package io.norma.kernel.compute.tile;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.elementwise.Activation;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a complete sum while it is still in registers or in the cache: {@code y =
 * activation(scale·sum + shift + residual)}. Scale and shift are a frozen batch normalization,
 * bound at run time, with the bias of the convolution in the shift.
 */
public final class Epilogue {
  // Those of nearly every layer, made once and not in each run.
  private static final float[] UNBOUNDED = bounds(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);
  private static final float[] POSITIVE = bounds(0, Float.POSITIVE_INFINITY);

  public static final Epilogue NONE =
      new Epilogue(new float[ChannelBlocks.SIZE], 0, 0, 0, Activation.IDENTITY, null, 0);

  /** Scales per channel, whole blocks, for one row or for each; shifts likewise. */
  public final float[] vectors;

  /** Position of the first row's scales. */
  final int offset;

  /** What to add to the position of a scale to find its shift. */
  public final int shiftDelta;

  /**
   * Distance between the vectors of one row of the batch and the next; 0 if all rows share them.
   */
  public final int rowStride;

  public final Activation activation;

  /** Lower bound 16 times, then upper bound 16 times: for kernels, registers are dear in a loop. */
  public final float[] bounds;

  public final float @Nullable [] residual;
  public final int residualOffset;

  /**
   * @param vectors scales and shifts, each padded to whole blocks of channels with finite numbers
   * @param offset where the first row's scales stand; its shifts stand shiftDelta further
   * @param rowStride distance between rows in the vectors; 0 if all rows share them
   * @param residual added before the activation: laid out as the output, from residualOffset on
   */
  public Epilogue(
      float[] vectors,
      int offset,
      int shiftDelta,
      int rowStride,
      Activation activation,
      float @Nullable [] residual,
      int residualOffset) {
    this.vectors = vectors;
    this.offset = offset;
    this.shiftDelta = shiftDelta;
    this.rowStride = rowStride;
    this.activation = activation;
    this.residual = residual;
    this.residualOffset = residualOffset;
    if (!activation.isClamp() || activation.equals(Activation.IDENTITY)) {
      bounds = UNBOUNDED;
    } else if (activation.equals(Activation.RELU)) {
      bounds = POSITIVE;
    } else {
      bounds = bounds(activation.alpha(), activation.beta());
    }
  }

  private static float[] bounds(float low, float high) {
    float[] bounds = new float[2 * ChannelBlocks.SIZE];
    Arrays.fill(bounds, 0, ChannelBlocks.SIZE, low);
    Arrays.fill(bounds, ChannelBlocks.SIZE, bounds.length, high);
    return bounds;
  }

  /** The same up to the activation, unless kernels do that in registers. */
  public Epilogue withoutFunction() {
    return activation.isClamp()
        ? this
        : new Epilogue(
            vectors, offset, shiftDelta, rowStride, Activation.IDENTITY, residual, residualOffset);
  }

  /**
   * That of one row of a batch alone.
   *
   * @param length floats of a row of the output
   */
  public Epilogue ofRow(int row, int length) {
    return new Epilogue(
        vectors, row(row), shiftDelta, 0, activation, residual, residualOffset + row * length);
  }

  /** Position of a row's scales. */
  public int row(int row) {
    return offset + row * rowStride;
  }

  /** Whether a kernel can do all of it on its accumulators. */
  public boolean fitsRegisters() {
    return residual == null && activation.isClamp();
  }
}
