package io.norma.kernel.compute.tile;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.Simd;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** An {@link Epilogue} applied to sums in memory, one block of channels at a time. */
public final class EpilogueLoops {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final boolean FUSED = Simd.isFused();

  private EpilogueLoops() {}

  /**
   * {@code y = activation(scale·y + shift + residual)} in place.
   *
   * @param e0 position of the block's channels in scale and shift
   * @param y0 position of the first pixel in y
   * @param yOrigin position in y of the element that stands first in the residual
   */
  public static void apply(Epilogue epilogue, int e0, float[] y, int y0, int yOrigin, int pixels) {
    float[] residual = epilogue.residual;
    int length = pixels * ChannelBlocks.SIZE;
    for (int lane = 0; lane < ChannelBlocks.SIZE; lane += SPECIES.length()) {
      if (residual == null) {
        affine(epilogue, e0 + lane, y, y0 + lane, y, y0 + lane, length - lane);
      } else {
        int r0 = y0 + lane - yOrigin + epilogue.residualOffset;
        adding(epilogue, e0 + lane, y, y0 + lane, residual, r0, length - lane);
      }
    }
    epilogue.activation.applyUnlessClamp(y, y0, length);
  }

  /** {@code y = clamp(scale·x + shift)} for every 16th float on, one vector wide. */
  public static void affine(
      Epilogue epilogue, int e0, float[] x, int x0, float[] y, int y0, int length) {
    FloatVector scale = FloatVector.fromArray(SPECIES, epilogue.vectors, e0);
    FloatVector shift = FloatVector.fromArray(SPECIES, epilogue.vectors, e0 + epilogue.shiftDelta);
    FloatVector low = FloatVector.fromArray(SPECIES, epilogue.bounds, 0);
    FloatVector high = FloatVector.fromArray(SPECIES, epilogue.bounds, ChannelBlocks.SIZE);
    for (int i = 0; i < length; i += ChannelBlocks.SIZE) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, x0 + i);
      v = FUSED ? v.fma(scale, shift) : v.mul(scale).add(shift);
      v = v.blend(low, v.lt(low));
      v.blend(high, high.lt(v)).intoArray(y, y0 + i);
    }
  }

  private static void adding(
      Epilogue epilogue, int e0, float[] y, int y0, float[] residual, int r0, int length) {
    FloatVector scale = FloatVector.fromArray(SPECIES, epilogue.vectors, e0);
    FloatVector shift = FloatVector.fromArray(SPECIES, epilogue.vectors, e0 + epilogue.shiftDelta);
    FloatVector low = FloatVector.fromArray(SPECIES, epilogue.bounds, 0);
    FloatVector high = FloatVector.fromArray(SPECIES, epilogue.bounds, ChannelBlocks.SIZE);
    for (int i = 0; i < length; i += ChannelBlocks.SIZE) {
      FloatVector v = FloatVector.fromArray(SPECIES, y, y0 + i);
      v = FUSED ? v.fma(scale, shift) : v.mul(scale).add(shift);
      v = v.add(FloatVector.fromArray(SPECIES, residual, r0 + i));
      v = v.blend(low, v.lt(low));
      v.blend(high, high.lt(v)).intoArray(y, y0 + i);
    }
  }
}
