package io.norma.kernel.compute.tile;

import io.norma.kernel.compute.Lanes;

/**
 * A product over any number of neighbouring pixels, cut into the tiles that the machine is fastest
 * with. A sum's order does not depend on the tile it falls into, so neither do its bits.
 */
public final class TileProduct {
  /**
   * Pixels that the largest tiles compute at a time: with two vectors of channels, 28 of 32
   * registers hold sums.
   */
  public static final int PIXELS = 14;

  /** Taps of 16 channels whose weights for a block, 16 KiB, are half of a first-level cache. */
  private static final int TAPS_TOGETHER = 16;

  private TileProduct() {}

  /**
   * Taps whose weights should pass over all pixels before those of the next ones. Narrow tiles read
   * their weights so often that these have to stay in the first-level cache.
   */
  public static int tapsTogether(int taps) {
    return Lanes.WIDE ? taps : Math.min(taps, TAPS_TOGETHER);
  }

  /**
   * {@code y = start + x·w} for one panel of channels.
   *
   * @param panel channels in the panel: 16 or 32
   */
  public static void accumulate(
      PanelProduct product, int panel, int x0, int w0, int y0, int pixels) {
    if (Lanes.HALF && panel == PanelProduct.BLOCK && pixels > 1) {
      HalfBlockTiles.accumulate(product, x0, w0, y0, pixels);
      return;
    }
    int done = Lanes.WIDE ? accumulateWide(product, panel, x0, w0, y0, pixels) : 0;
    if (done < pixels) {
      int offset = done * PanelProduct.BLOCK;
      NarrowTile.accumulate(
          product,
          panel,
          PanelProduct.BLOCK,
          PanelProduct.BLOCK,
          x0 + offset,
          w0,
          y0 + offset,
          pixels - done);
    }
  }

  private static int accumulateWide(
      PanelProduct product, int panel, int x0, int w0, int y0, int pixels) {
    int p = 0;
    if (panel == PanelProduct.BLOCK) {
      for (; p + 14 <= pixels && pixels - p != 16; p += 14) {
        Tile14x1.accumulate(product, x0 + p * PanelProduct.BLOCK, w0, y0 + p * PanelProduct.BLOCK);
      }
      for (; p + 8 <= pixels; p += 8) {
        Tile8x1.accumulate(product, x0 + p * PanelProduct.BLOCK, w0, y0 + p * PanelProduct.BLOCK);
      }
      if (p + 4 <= pixels) {
        Tile4x1.accumulate(product, x0 + p * PanelProduct.BLOCK, w0, y0 + p * PanelProduct.BLOCK);
        p += 4;
      }
      return p;
    }
    for (; p + 14 <= pixels && pixels - p != 16; p += 14) {
      Tile14x2.accumulate(product, x0 + p * PanelProduct.BLOCK, w0, y0 + p * PanelProduct.BLOCK);
    }
    for (; p + 8 <= pixels; p += 8) {
      Tile8x2.accumulate(product, x0 + p * PanelProduct.BLOCK, w0, y0 + p * PanelProduct.BLOCK);
    }
    if (p + 7 <= pixels) {
      Tile7x2.accumulate(product, x0 + p * PanelProduct.BLOCK, w0, y0 + p * PanelProduct.BLOCK);
      p += 7;
    } else if (p + 4 <= pixels && p + 6 != pixels) {
      // Six at once are NarrowTile's.
      Tile4x2.accumulate(product, x0 + p * PanelProduct.BLOCK, w0, y0 + p * PanelProduct.BLOCK);
      p += 4;
    }
    return p;
  }

  /**
   * {@code y = epilogue(start + x·w)} for one panel of channels.
   *
   * @param channel first channel of the panel
   */
  public static void finish(
      PanelProduct product, int panel, int x0, int w0, int y0, int pixels, int channel) {
    int p = 0;
    if (Lanes.WIDE && panel == PanelProduct.PANEL && product.epilogue.fitsRegisters()) {
      int e0 = product.epilogueOffset() + channel;
      for (; p + 14 <= pixels; p += 14) {
        Tile14x2.finish(product, x0 + p * PanelProduct.BLOCK, w0, y0 + p * PanelProduct.BLOCK, e0);
      }
    }
    if (p < pixels) {
      int offset = p * PanelProduct.BLOCK;
      accumulate(product, panel, x0 + offset, w0, y0 + offset, pixels - p);
      finishStored(product, panel, y0 + offset, pixels - p, channel);
    }
  }

  /**
   * {@code y = x·w} for a row of pixels of a plane.
   *
   * @param stride distance between pixels in x
   */
  public static void multiplyRow(
      PanelProduct product, int panel, int stride, int x0, int w0, int y0, int pixels) {
    if (Lanes.HALF && panel == PanelProduct.BLOCK && pixels >= 4 && stride <= 2) {
      HalfBlockTiles.multiplyRow(product, stride, x0, w0, y0, pixels);
    } else {
      NarrowTile.accumulate(product, panel, stride, 1, x0, w0, y0, pixels);
    }
  }

  /** Applies the epilogue to sums that were stored: they are in the cache still. */
  public static void finishStored(
      PanelProduct product, int panel, int y0, int pixels, int channel) {
    for (int c = 0; c < panel; c += PanelProduct.BLOCK) {
      EpilogueLoops.apply(
          product.epilogue,
          product.epilogueOffset() + channel + c,
          product.y,
          y0 + c / PanelProduct.BLOCK * product.yBlock,
          product.yOrigin,
          pixels);
    }
  }
}
