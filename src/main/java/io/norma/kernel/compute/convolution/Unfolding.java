package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.tile.PanelProduct;
import java.util.Arrays;

/**
 * Copies what each position of a window sees, so that a convolution becomes a product: {@code
 * u[block · positions + t][p] = x[block][pixel that output p reads at t]}, zeros where that lies
 * outside. A pixel is a block of 16 channels.
 */
public final class Unfolding {
  private Unfolding() {}

  /**
   * @param x one row of a batch: blocks of maps
   * @param from first output pixel
   * @param pixels how many output pixels
   * @param pitch distance, in pixels, between one tap of u and the next
   */
  static void unfold(
      float[] x,
      int xOffset,
      int blocks,
      PlaneGeometry geometry,
      int from,
      int pixels,
      float[] u,
      int uOffset,
      int pitch) {
    int tap = uOffset;
    for (int block = 0; block < blocks; block++) {
      int map = xOffset + block * geometry.inputPixels() * PanelProduct.BLOCK;
      for (int i = 0; i < geometry.kernelHeight(); i++) {
        for (int j = 0; j < geometry.kernelWidth(); j++) {
          unfoldTap(x, map, geometry, i, j, from, pixels, u, tap);
          tap += pitch * PanelProduct.BLOCK;
        }
      }
    }
  }

  private static void unfoldTap(
      float[] x,
      int map,
      PlaneGeometry geometry,
      int i,
      int j,
      int from,
      int pixels,
      float[] u,
      int uOffset) {
    int width = geometry.outputWidth();
    int first = geometry.firstColumn(j);
    int end = geometry.endColumn(j);
    for (int p = from; p < from + pixels; ) {
      int oy = p / width;
      int left = p - oy * width;
      int right = Math.min(width, left + from + pixels - p);
      int to = uOffset + (p - from) * PanelProduct.BLOCK;
      int row = geometry.row(oy, i);
      if (row < 0 || row >= geometry.inputHeight()) {
        Arrays.fill(u, to, to + (right - left) * PanelProduct.BLOCK, 0);
      } else {
        int inside = Math.clamp(first, left, right);
        int outside = Math.clamp(end, inside, right);
        Arrays.fill(u, to, to + (inside - left) * PanelProduct.BLOCK, 0);
        // Where all of the tap lies in the padding, it has no place in x either.
        if (inside < outside) {
          int source =
              map + (row * geometry.inputWidth() + geometry.column(inside, j)) * PanelProduct.BLOCK;
          int target = to + (inside - left) * PanelProduct.BLOCK;
          copy(x, source, geometry.strideWidth(), u, target, outside - inside);
        }
        Arrays.fill(
            u,
            to + (outside - left) * PanelProduct.BLOCK,
            to + (right - left) * PanelProduct.BLOCK,
            0);
      }
      p += right - left;
    }
  }

  private static void copy(float[] x, int from, int stride, float[] u, int to, int pixels) {
    if (stride == 1) {
      System.arraycopy(x, from, u, to, pixels * PanelProduct.BLOCK);
      return;
    }
    for (int p = 0; p < pixels; p++) {
      System.arraycopy(
          x,
          from + p * stride * PanelProduct.BLOCK,
          u,
          to + p * PanelProduct.BLOCK,
          PanelProduct.BLOCK);
    }
  }
}
