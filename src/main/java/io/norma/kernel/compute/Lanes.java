package io.norma.kernel.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vectors that kernels on blocked layout use: a block of 16 channels is one to four of them.
 */
public final class Lanes {
  /** The machine's best, or what {@code -Dnorma.compute.vector-bits} says: 128, 256 or 512. */
  public static final VectorSpecies<Float> SPECIES = species();

  /** Floats in a vector. */
  public static final int COUNT = SPECIES.length();

  /**
   * Whether one vector holds a block, and there are 32 registers for tiles of 14 pixels, which are
   * made of fused multiply-adds.
   */
  public static final boolean WIDE = COUNT == ChannelBlocks.SIZE && Simd.isFused();

  /** Whether two vectors hold a block, and there are fused multiply-adds. */
  public static final boolean HALF = 2 * COUNT == ChannelBlocks.SIZE && Simd.isFused();

  /** Vectors that fit into registers together. */
  public static final int REGISTERS = VectorRegisters.count(COUNT);

  private Lanes() {}

  /** Copies one block of channels. */
  public static void copyBlock(float[] x, int from, float[] y, int to) {
    for (int lane = 0; lane < ChannelBlocks.SIZE; lane += COUNT) {
      FloatVector.fromArray(SPECIES, x, from + lane).intoArray(y, to + lane);
    }
  }

  /** Sets blocks of channels to zero; for few, sooner than {@code Arrays.fill}. */
  public static void clearBlocks(float[] y, int from, int to) {
    for (int i = from; i < to; i += COUNT) {
      FloatVector.zero(SPECIES).intoArray(y, i);
    }
  }

  /** Whether none of so many floats, a multiple of a vector's, is infinite or no number. */
  public static boolean areFinite(float[] x, int from, int length) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int i = from; i < from + length; i += COUNT) {
      // Zero for what is finite.
      sum = FloatVector.fromArray(SPECIES, x, i).mul(0f).add(sum);
    }
    return !sum.test(VectorOperators.IS_NAN).anyTrue();
  }

  private static VectorSpecies<Float> species() {
    int preferred = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    int bits = Math.clamp(Integer.getInteger("norma.compute.vector-bits", preferred), 128, 512);
    return VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
  }
}
