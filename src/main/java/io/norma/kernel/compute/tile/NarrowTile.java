package io.norma.kernel.compute.tile;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.Simd;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The product of any number of pixels and one panel of channels, on vectors of any length: all
 * there is on machines without 512-bit vectors, and what is left over by the large tiles on those
 * with them. Six pixels times two vectors are the accumulators that sixteen registers hold.
 *
 * <p>Every sum is taken in the same order as in the large tiles, so both give the same bits.
 */
public final class NarrowTile {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int LANES = SPECIES.length();

  private NarrowTile() {}

  /**
   * {@code y = start + x·w} for pixels one after another.
   *
   * @param panel channels in the panel: 16 or 32
   * @param pixelStride distance between pixels in x: 16 in blocked layout, 1 in a plane
   * @param depth input channels that each tap reads one after another: 16 or 1
   */
  public static void accumulate(
      Product product, int panel, int pixelStride, int depth, int x0, int w0, int y0, int pixels) {
    if (!Simd.isFused()) {
      UnfusedTile.accumulate(product, panel, pixelStride, depth, x0, w0, y0, pixels);
      return;
    }
    int pair = Math.min(2 * LANES, panel);
    for (int lane = 0; lane < panel; lane += pair) {
      int second = pair - LANES;
      int p = 0;
      for (; p + 6 <= pixels; p += 6) {
        six(
            product,
            panel,
            pixelStride,
            depth,
            x0 + p * pixelStride,
            w0,
            y0 + p * 16,
            lane,
            second);
      }
      for (; p < pixels; p++) {
        one(product, panel, depth, x0 + p * pixelStride, w0, y0 + p * 16, lane, second);
      }
    }
  }

  /** Where in y or the start a lane of the panel stands. */
  static int lane(int base, int lane, int block) {
    return base + lane / Product.BLOCK * block + lane % Product.BLOCK;
  }

  private static void six(
      Product product,
      int panel,
      int pixelStride,
      int depth,
      int x0,
      int w0,
      int y0,
      int firstLane,
      int second) {
    float[] x = product.x;
    int[] taps = product.taps;
    int tapCount = product.tapCount;
    float[] weights = product.weights;
    float[] start = product.start;
    int stride = product.startStride;
    int s0 = lane(y0 & product.startMask, startLane(product, firstLane), product.startBlock);
    int s1 =
        lane(y0 & product.startMask, startLane(product, firstLane + second), product.startBlock);
    FloatVector c00 = FloatVector.fromArray(SPECIES, start, s0);
    FloatVector c01 = FloatVector.fromArray(SPECIES, start, s1);
    FloatVector c10 = FloatVector.fromArray(SPECIES, start, s0 + stride);
    FloatVector c11 = FloatVector.fromArray(SPECIES, start, s1 + stride);
    FloatVector c20 = FloatVector.fromArray(SPECIES, start, s0 + 2 * stride);
    FloatVector c21 = FloatVector.fromArray(SPECIES, start, s1 + 2 * stride);
    FloatVector c30 = FloatVector.fromArray(SPECIES, start, s0 + 3 * stride);
    FloatVector c31 = FloatVector.fromArray(SPECIES, start, s1 + 3 * stride);
    FloatVector c40 = FloatVector.fromArray(SPECIES, start, s0 + 4 * stride);
    FloatVector c41 = FloatVector.fromArray(SPECIES, start, s1 + 4 * stride);
    FloatVector c50 = FloatVector.fromArray(SPECIES, start, s0 + 5 * stride);
    FloatVector c51 = FloatVector.fromArray(SPECIES, start, s1 + 5 * stride);
    int w = w0 + firstLane;
    for (int t = 0; t < tapCount; t++) {
      int a = x0 + taps[t];
      for (int k = 0; k < depth; k++) {
        FloatVector u0 = FloatVector.fromArray(SPECIES, weights, w);
        FloatVector u1 = FloatVector.fromArray(SPECIES, weights, w + second);
        FloatVector v = FloatVector.broadcast(SPECIES, x[a + k]);
        c00 = v.fma(u0, c00);
        c01 = v.fma(u1, c01);
        v = FloatVector.broadcast(SPECIES, x[a + k + pixelStride]);
        c10 = v.fma(u0, c10);
        c11 = v.fma(u1, c11);
        v = FloatVector.broadcast(SPECIES, x[a + k + 2 * pixelStride]);
        c20 = v.fma(u0, c20);
        c21 = v.fma(u1, c21);
        v = FloatVector.broadcast(SPECIES, x[a + k + 3 * pixelStride]);
        c30 = v.fma(u0, c30);
        c31 = v.fma(u1, c31);
        v = FloatVector.broadcast(SPECIES, x[a + k + 4 * pixelStride]);
        c40 = v.fma(u0, c40);
        c41 = v.fma(u1, c41);
        v = FloatVector.broadcast(SPECIES, x[a + k + 5 * pixelStride]);
        c50 = v.fma(u0, c50);
        c51 = v.fma(u1, c51);
        w += panel;
      }
    }
    float[] y = product.y;
    int t0 = lane(y0, firstLane, product.yBlock);
    int t1 = lane(y0, firstLane + second, product.yBlock);
    c00.intoArray(y, t0);
    c01.intoArray(y, t1);
    c10.intoArray(y, t0 + 16);
    c11.intoArray(y, t1 + 16);
    c20.intoArray(y, t0 + 32);
    c21.intoArray(y, t1 + 32);
    c30.intoArray(y, t0 + 48);
    c31.intoArray(y, t1 + 48);
    c40.intoArray(y, t0 + 64);
    c41.intoArray(y, t1 + 64);
    c50.intoArray(y, t0 + 80);
    c51.intoArray(y, t1 + 80);
  }

  private static void one(
      Product product, int panel, int depth, int x0, int w0, int y0, int firstLane, int second) {
    float[] x = product.x;
    int[] taps = product.taps;
    int tapCount = product.tapCount;
    float[] weights = product.weights;
    float[] start = product.start;
    int s0 = lane(y0 & product.startMask, startLane(product, firstLane), product.startBlock);
    int s1 =
        lane(y0 & product.startMask, startLane(product, firstLane + second), product.startBlock);
    FloatVector c0 = FloatVector.fromArray(SPECIES, start, s0);
    FloatVector c1 = FloatVector.fromArray(SPECIES, start, s1);
    int w = w0 + firstLane;
    for (int t = 0; t < tapCount; t++) {
      int a = x0 + taps[t];
      for (int k = 0; k < depth; k++) {
        FloatVector v = FloatVector.broadcast(SPECIES, x[a + k]);
        c0 = v.fma(FloatVector.fromArray(SPECIES, weights, w), c0);
        c1 = v.fma(FloatVector.fromArray(SPECIES, weights, w + second), c1);
        w += panel;
      }
    }
    c0.intoArray(product.y, lane(y0, firstLane, product.yBlock));
    c1.intoArray(product.y, lane(y0, firstLane + second, product.yBlock));
  }

  /** Zeros to start from are only one block long. */
  static int startLane(Product product, int lane) {
    return product.startMask == 0 ? lane % Product.BLOCK : lane;
  }
}
