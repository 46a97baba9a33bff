package io.norma.kernel.compute.tile;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.Simd;

/**
 * The product of any number of pixels and one panel of channels, on vectors of any length: all
 * there is on machines without 512-bit vectors, and what is left over by the large tiles on those
 * with them. Six pixels times two vectors are the accumulators that sixteen registers hold.
 *
 * <p>Every sum is taken in the same order as in the large tiles, so both give the same bits.
 */
public final class NarrowTile {
  private static final int LANES = Lanes.COUNT;

  private NarrowTile() {}

  /**
   * {@code y = start + x·w} for pixels one after another.
   *
   * @param panel channels in the panel: 16 or 32
   * @param pixelStride distance between pixels in x: 16 in blocked layout, 1 in a plane
   * @param depth input channels that each tap reads one after another: 16 or 1
   */
  public static void accumulate(
      PanelProduct product,
      int panel,
      int pixelStride,
      int depth,
      int x0,
      int w0,
      int y0,
      int pixels) {
    if (!Simd.isFused()) {
      UnfusedTile.accumulate(product, panel, pixelStride, depth, x0, w0, y0, pixels);
      return;
    }
    int pair = Math.min(2 * LANES, panel);
    for (int lane = 0; lane < panel; lane += pair) {
      int second = pair - LANES;
      int first0 = lane(product, y0, lane);
      int first1 = lane(product, y0, lane + second);
      int w = w0 + lane;
      int p = 0;
      for (; p + 6 <= pixels; p += 6) {
        int x = x0 + p * pixelStride;
        int to = p * PanelProduct.BLOCK;
        NarrowTile6x2.accumulate(
            product, panel, pixelStride, depth, x, w, first0 + to, second, first1 + to);
      }
      for (; p < pixels; p++) {
        int x = x0 + p * pixelStride;
        int to = p * PanelProduct.BLOCK;
        NarrowTile1x2.accumulate(product, panel, depth, x, w, first0 + to, second, first1 + to);
      }
    }
  }

  /** Where in y a channel of the panel stands, for the pixel at y0. */
  static int lane(PanelProduct product, int y0, int lane) {
    return y0 + lane / PanelProduct.BLOCK * product.yBlock + lane % PanelProduct.BLOCK;
  }
}
