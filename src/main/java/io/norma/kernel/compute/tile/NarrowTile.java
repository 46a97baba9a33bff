package io.norma.kernel.compute.tile;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.Simd;

/**
 * The product of any number of pixels and one panel of channels, on vectors of any length: all
 * there is on machines without 512-bit vectors, and what is left over by the large tiles on those
 * with them.
 *
 * <p>A tile of P pixels and V vectors takes P·V registers for its sums and, for the compiler loads
 * all that a step multiplies before it multiplies, P + V more. Of 16 registers, one of which the
 * compiler needs, 4 × 2 are the most: with one too many a sum goes through memory in each step, at
 * less than half the speed.
 *
 * <p>Every sum is taken in the same order as in the large tiles, so both give the same bits.
 */
public final class NarrowTile {
  private static final int LANES = Lanes.COUNT;

  /** Pixels that go together with two vectors, see above. */
  private static final int LARGEST = Lanes.REGISTERS < 32 ? 4 : 6;

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
      int tile;
      for (int p = 0; p < pixels; p += tile) {
        tile = next(pixels - p);
        int x = x0 + p * pixelStride;
        int y = first0 + p * PanelProduct.BLOCK;
        int y1 = first1 + p * PanelProduct.BLOCK;
        switch (tile) {
          case 6 ->
              NarrowTile6x2.accumulate(product, panel, pixelStride, depth, x, w, y, second, y1);
          case 4 ->
              NarrowTile4x2.accumulate(product, panel, pixelStride, depth, x, w, y, second, y1);
          case 3 ->
              NarrowTile3x2.accumulate(product, panel, pixelStride, depth, x, w, y, second, y1);
          case 2 ->
              NarrowTile2x2.accumulate(product, panel, pixelStride, depth, x, w, y, second, y1);
          default -> NarrowTile1x2.accumulate(product, panel, depth, x, w, y, second, y1);
        }
      }
    }
  }

  /**
   * Pixels of the next tile, so that none is left over alone where that can be: its two sums would
   * wait for each other.
   *
   * @param left pixels that there are
   */
  static int next(int left) {
    // 7, 8 and 11 are 4 + 3, 4 + 4 and 4 + 4 + 3.
    if (LARGEST == 6 && left >= 6 && left != 7 && left != 8 && left != 11) {
      return 6;
    }
    return switch (left) {
      case 1, 2, 3, 4 -> left;
      // 3 + 2, 3 + 3, 3 + 3 + 3; so do others come out even.
      case 5, 6, 9 -> 3;
      default -> left % 4 == 2 ? 3 : 4;
    };
  }

  /** Where in y a channel of the panel stands, for the pixel at y0. */
  static int lane(PanelProduct product, int y0, int lane) {
    return y0 + lane / PanelProduct.BLOCK * product.yBlock + lane % PanelProduct.BLOCK;
  }
}
