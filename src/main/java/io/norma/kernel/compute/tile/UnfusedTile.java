package io.norma.kernel.compute.tile;

import io.norma.kernel.compute.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link NarrowTile} for machines without fused multiply-adds: of products and sums, in the same
 * order. Most such machines have sixteen registers and instructions that write the result over an
 * operand, so that each product takes a copy first: three pixels times two vectors are what the
 * compiler keeps in registers there.
 */
public final class UnfusedTile {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int PIXELS = 3;

  private UnfusedTile() {}

  /** See {@link NarrowTile#accumulate}. */
  static void accumulate(
      Product product, int panel, int pixelStride, int depth, int x0, int w0, int y0, int pixels) {
    int pair = Math.min(2 * LANES, panel);
    for (int lane = 0; lane < panel; lane += pair) {
      int second = pair - LANES;
      int p = 0;
      for (; p + PIXELS <= pixels; p += PIXELS) {
        int from = x0 + p * pixelStride;
        three(product, panel, pixelStride, depth, from, w0, y0 + p * 16, lane, second);
      }
      for (; p < pixels; p++) {
        one(product, panel, depth, x0 + p * pixelStride, w0, y0 + p * 16, lane, second);
      }
    }
  }

  private static void three(
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
    int s0 = start(product, y0, firstLane);
    int s1 = start(product, y0, firstLane + second);
    FloatVector c00 = FloatVector.fromArray(SPECIES, start, s0);
    FloatVector c01 = FloatVector.fromArray(SPECIES, start, s1);
    FloatVector c10 = FloatVector.fromArray(SPECIES, start, s0 + stride);
    FloatVector c11 = FloatVector.fromArray(SPECIES, start, s1 + stride);
    FloatVector c20 = FloatVector.fromArray(SPECIES, start, s0 + 2 * stride);
    FloatVector c21 = FloatVector.fromArray(SPECIES, start, s1 + 2 * stride);
    int w = w0 + firstLane;
    for (int t = 0; t < tapCount; t++) {
      int a = x0 + taps[t];
      for (int k = 0; k < depth; k++) {
        FloatVector u0 = FloatVector.fromArray(SPECIES, weights, w);
        FloatVector u1 = FloatVector.fromArray(SPECIES, weights, w + second);
        FloatVector v0 = FloatVector.broadcast(SPECIES, x[a + k]);
        c00 = v0.mul(u0).add(c00);
        c01 = v0.mul(u1).add(c01);
        FloatVector v1 = FloatVector.broadcast(SPECIES, x[a + k + pixelStride]);
        c10 = v1.mul(u0).add(c10);
        c11 = v1.mul(u1).add(c11);
        FloatVector v2 = FloatVector.broadcast(SPECIES, x[a + k + 2 * pixelStride]);
        c20 = v2.mul(u0).add(c20);
        c21 = v2.mul(u1).add(c21);
        w += panel;
      }
    }
    float[] y = product.y;
    int t0 = NarrowTile.lane(y0, firstLane, product.yBlock);
    int t1 = NarrowTile.lane(y0, firstLane + second, product.yBlock);
    c00.intoArray(y, t0);
    c01.intoArray(y, t1);
    c10.intoArray(y, t0 + 16);
    c11.intoArray(y, t1 + 16);
    c20.intoArray(y, t0 + 32);
    c21.intoArray(y, t1 + 32);
  }

  private static void one(
      Product product, int panel, int depth, int x0, int w0, int y0, int firstLane, int second) {
    float[] x = product.x;
    int[] taps = product.taps;
    int tapCount = product.tapCount;
    float[] weights = product.weights;
    float[] start = product.start;
    int s0 = start(product, y0, firstLane);
    int s1 = start(product, y0, firstLane + second);
    FloatVector c0 = FloatVector.fromArray(SPECIES, start, s0);
    FloatVector c1 = FloatVector.fromArray(SPECIES, start, s1);
    int w = w0 + firstLane;
    for (int t = 0; t < tapCount; t++) {
      int a = x0 + taps[t];
      for (int k = 0; k < depth; k++) {
        FloatVector u0 = FloatVector.fromArray(SPECIES, weights, w);
        FloatVector u1 = FloatVector.fromArray(SPECIES, weights, w + second);
        FloatVector v = FloatVector.broadcast(SPECIES, x[a + k]);
        c0 = v.mul(u0).add(c0);
        c1 = v.mul(u1).add(c1);
        w += panel;
      }
    }
    float[] y = product.y;
    int t0 = NarrowTile.lane(y0, firstLane, product.yBlock);
    int t1 = NarrowTile.lane(y0, firstLane + second, product.yBlock);
    c0.intoArray(y, t0);
    c1.intoArray(y, t1);
  }

  private static int start(Product product, int y0, int lane) {
    int own = NarrowTile.startLane(product, lane);
    return NarrowTile.lane(y0 & product.startMask, own, product.startBlock);
  }
}
