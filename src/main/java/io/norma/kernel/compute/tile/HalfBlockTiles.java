package io.norma.kernel.compute.tile;

/**
 * The product of neighbouring pixels and one block of channels on two vectors of 256 bits. As
 * {@link NarrowTile}, but that all distances are constants: with variables the checks of bounds
 * stay in the loop.
 */
final class HalfBlockTiles {
  private static final int BLOCK = PanelProduct.BLOCK;
  private static final int PLANAR_PIXELS = 4;

  private HalfBlockTiles() {}

  /** {@code y = start + x·w} for two pixels or more, in blocked layout. */
  static void accumulate(PanelProduct product, int x0, int w0, int y0, int pixels) {
    int tile;
    for (int p = 0; p < pixels; p += tile) {
      tile = NarrowTile.next(pixels - p);
      int x = x0 + p * BLOCK;
      int y = y0 + p * BLOCK;
      switch (tile) {
        case 6 -> Tile6x2Lanes8.accumulate(product, x, w0, y);
        case 4 -> Tile4x2Lanes8.accumulate(product, x, w0, y);
        case 3 -> Tile3x2Lanes8.accumulate(product, x, w0, y);
        default -> Tile2x2Lanes8.accumulate(product, x, w0, y);
      }
    }
  }

  /**
   * {@code y = x·w} for a row of four pixels or more, in a plane; the last tile may compute pixels
   * once more.
   *
   * @param stride 1 or 2: distance between pixels in x
   */
  static void multiplyRow(PanelProduct product, int stride, int x0, int w0, int y0, int pixels) {
    for (int p = 0; p < pixels; p += PLANAR_PIXELS) {
      int at = Math.min(p, pixels - PLANAR_PIXELS);
      if (stride == 1) {
        PlanarTile4x2Lanes8.multiply(product, x0 + at, w0, y0 + at * BLOCK);
      } else {
        PlanarTile4x2Stride2Lanes8.multiply(product, x0 + 2 * at, w0, y0 + at * BLOCK);
      }
    }
  }
}
