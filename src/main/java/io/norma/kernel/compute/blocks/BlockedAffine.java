package io.norma.kernel.compute.blocks;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.Simd;
import io.norma.kernel.compute.tile.Epilogue;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** An {@link Epilogue} that follows no product: a batch normalization that stands by itself. */
public final class BlockedAffine {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final boolean FUSED = Simd.isFused();

  private BlockedAffine() {}

  /**
   * {@code y = activation(scale·(x − center) + shift)} for maps in {@link ChannelBlocks}; the
   * epilogue has no residual.
   *
   * @param blocks blocks of channels in a row of the batch
   * @param centerDelta what to add to the position of a scale in the epilogue's vectors to find its
   *     center
   */
  public static void apply(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int rows,
      int blocks,
      int pixels,
      Epilogue epilogue,
      int centerDelta) {
    int map = pixels * ChannelBlocks.SIZE;
    ComputePool.get()
        .run(
            rows * blocks,
            (part, worker) -> {
              int e0 = epilogue.row(part / blocks) + part % blocks * ChannelBlocks.SIZE;
              int from = xOffset + part * map;
              int to = yOffset + part * map;
              for (int lane = 0; lane < ChannelBlocks.SIZE; lane += Lanes.COUNT) {
                block(epilogue, e0 + lane, centerDelta, x, from + lane, y, to + lane, map - lane);
              }
              epilogue.activation.applyUnlessClamp(y, to, map);
            });
  }

  /** {@code y = clamp(scale·(x − center) + shift)} for every 16th float on, one vector wide. */
  private static void block(
      Epilogue epilogue,
      int e0,
      int centerDelta,
      float[] x,
      int x0,
      float[] y,
      int y0,
      int length) {
    FloatVector scale = FloatVector.fromArray(SPECIES, epilogue.vectors, e0);
    FloatVector center = FloatVector.fromArray(SPECIES, epilogue.vectors, e0 + centerDelta);
    FloatVector shift = FloatVector.fromArray(SPECIES, epilogue.vectors, e0 + epilogue.shiftDelta);
    FloatVector low = FloatVector.fromArray(SPECIES, epilogue.bounds, 0);
    FloatVector high = FloatVector.fromArray(SPECIES, epilogue.bounds, ChannelBlocks.SIZE);
    for (int i = 0; i < length; i += ChannelBlocks.SIZE) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, x0 + i).sub(center);
      v = FUSED ? v.fma(scale, shift) : v.mul(scale).add(shift);
      v = v.blend(low, v.lt(low));
      v.blend(high, high.lt(v)).intoArray(y, y0 + i);
    }
  }
}
