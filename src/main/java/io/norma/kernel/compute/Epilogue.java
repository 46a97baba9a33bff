package io.norma.kernel.compute;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a complete sum while it is still in registers or in the cache: {@code y =
 * activation(scale·sum + shift + residual)}. Scale and shift are a frozen batch normalization, bound
 * at run time, with the bias of the convolution in the shift.
 */
public final class Epilogue {
  static final Epilogue NONE =
      new Epilogue(new float[0], new float[0], 0, Activation.IDENTITY, null, 0);

  final float[] scale;
  final float[] shift;

  /** Distance between the vectors of one row of the batch and the next; 0 if all rows share them. */
  final int rowStride;

  final Activation activation;

  /** Lower bound 16 times, then upper bound 16 times: for kernels, registers are dear in a loop. */
  final float[] bounds = new float[2 * ChannelBlocks.SIZE];

  final float @Nullable [] residual;
  final int residualOffset;

  /**
   * @param scale per channel, padded to whole blocks with zeros, for one row or for each
   * @param shift likewise
   * @param rowStride distance between rows in scale and shift; 0 if all rows share them
   * @param residual added before the activation: laid out as the output, from residualOffset on
   */
  public Epilogue(
      float[] scale,
      float[] shift,
      int rowStride,
      Activation activation,
      float @Nullable [] residual,
      int residualOffset) {
    this.scale = scale;
    this.shift = shift;
    this.rowStride = rowStride;
    this.activation = activation;
    this.residual = residual;
    this.residualOffset = residualOffset;
    boolean clamps = activation.isClamp();
    float low = clamps ? activation.alpha() : Float.NEGATIVE_INFINITY;
    float high = clamps ? activation.beta() : Float.POSITIVE_INFINITY;
    Arrays.fill(bounds, 0, ChannelBlocks.SIZE, low);
    Arrays.fill(bounds, ChannelBlocks.SIZE, bounds.length, high);
  }

  /** Whether a kernel can do all of it on its accumulators. */
  boolean fitsRegisters() {
    return residual == null && activation.isClamp();
  }
}
