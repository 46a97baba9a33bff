package io.norma.kernel.compute.tile;

import io.norma.kernel.compute.Lanes;

/**
 * {@link NarrowTile} for machines without fused multiply-adds: of products and sums, in the same
 * order. Most such machines have sixteen registers and instructions that write the result over an
 * operand, so that each product takes a copy first: three pixels times two vectors are what the
 * compiler keeps in registers there.
 */
public final class UnfusedTile {
  private static final int LANES = Lanes.COUNT;

  private UnfusedTile() {}

  /** See {@link NarrowTile#accumulate}. */
  static void accumulate(
      PanelProduct product,
      int panel,
      int pixelStride,
      int depth,
      int x0,
      int w0,
      int y0,
      int pixels) {
    int pair = Math.min(2 * LANES, panel);
    for (int lane = 0; lane < panel; lane += pair) {
      int second = pair - LANES;
      int first0 = NarrowTile.lane(product, y0, lane);
      int first1 = NarrowTile.lane(product, y0, lane + second);
      int w = w0 + lane;
      int p = 0;
      for (; p + 3 <= pixels; p += 3) {
        int x = x0 + p * pixelStride;
        int to = p * PanelProduct.BLOCK;
        UnfusedTile3x2.accumulate(
            product, panel, pixelStride, depth, x, w, first0 + to, second, first1 + to);
      }
      for (; p < pixels; p++) {
        int x = x0 + p * pixelStride;
        int to = p * PanelProduct.BLOCK;
        UnfusedTile1x2.accumulate(product, panel, depth, x, w, first0 + to, second, first1 + to);
      }
    }
  }
}
