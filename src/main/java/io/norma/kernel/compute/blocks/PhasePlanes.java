package io.norma.kernel.compute.blocks;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.Lengths;
import io.norma.kernel.compute.tile.PanelProduct;
import java.util.Arrays;

/**
 * A stripe of a padded map, taken apart by the strides: plane (a, b) holds input row {@code
 * r·strideHeight + a − padTop} and column {@code c·strideWidth + b − padLeft} at (r, c). On them a
 * convolution of any stride steps by one pixel, so that neighbouring outputs are neighbours in
 * memory, across the ends of rows even: what stands there is computed and thrown away.
 */
public final class PhasePlanes {
  private final PlaneGeometry geometry;
  private final int phasesDown;
  private final int phasesAcross;
  private final int planeRows;
  private final int planePixels;
  private final int blockLength;

  /** Output rows of a stripe; the last one may have fewer. */
  public final int rows;

  /** Pixels from one row of a plane to the next, and so from one output row to the next. */
  public final int pitch;

  /**
   * @param budget floats that the planes of one block should not pass, if one row of outputs allows
   *     it
   */
  public PhasePlanes(PlaneGeometry geometry, int budget) {
    this.geometry = geometry;
    int reachDown = (geometry.kernelHeight() - 1) * geometry.dilationHeight();
    int reachAcross = (geometry.kernelWidth() - 1) * geometry.dilationWidth();
    phasesDown = Math.min(geometry.strideHeight(), reachDown + 1);
    phasesAcross = Math.min(geometry.strideWidth(), reachAcross + 1);
    pitch = geometry.outputWidth() + reachAcross / geometry.strideWidth();
    int halo = reachDown / geometry.strideHeight();
    int row = Lengths.ofCopy(phasesDown, phasesAcross, pitch, PanelProduct.BLOCK);
    rows = Math.clamp(budget / row - halo, 1, geometry.outputHeight());
    planeRows = rows + halo;
    blockLength = Lengths.ofCopy(row, planeRows);
    planePixels = planeRows * pitch;
  }

  public PlaneGeometry geometry() {
    return geometry;
  }

  /** Stripes that make up a map. */
  public int stripes() {
    return Math.ceilDiv(geometry.outputHeight(), rows);
  }

  /** Floats that the planes of one block take. */
  public int blockLength() {
    return blockLength;
  }

  /** Pixels from a stripe's first output to its last. */
  public int span(int outputRows) {
    return (outputRows - 1) * pitch + geometry.outputWidth();
  }

  /** Where each position of the window reads, from an output's own place on. */
  public int[] taps(int blocks) {
    int[] taps = new int[blocks * geometry.taps()];
    int t = 0;
    for (int block = 0; block < blocks; block++) {
      for (int i = 0; i < geometry.kernelHeight(); i++) {
        for (int j = 0; j < geometry.kernelWidth(); j++) {
          int down = i * geometry.dilationHeight();
          int across = j * geometry.dilationWidth();
          int phase =
              down % geometry.strideHeight() * phasesAcross + across % geometry.strideWidth();
          int pixel =
              phase * planePixels
                  + down / geometry.strideHeight() * pitch
                  + across / geometry.strideWidth();
          taps[t++] = block * blockLength() + pixel * PanelProduct.BLOCK;
        }
      }
    }
    return taps;
  }

  /**
   * Copies a stripe.
   *
   * @param map position in x of the first block's map
   * @param firstRow first output row of the stripe
   */
  public void copy(float[] x, int map, int blocks, int firstRow, float[] planes, int to) {
    int target = to;
    for (int block = 0; block < blocks; block++) {
      int from = map + block * geometry.inputPixels() * PanelProduct.BLOCK;
      for (int a = 0; a < phasesDown; a++) {
        for (int b = 0; b < phasesAcross; b++) {
          for (int r = 0; r < planeRows; r++) {
            int row = (firstRow + r) * geometry.strideHeight() + a - geometry.padTop();
            copyRow(x, from, row, b, planes, target);
            target += pitch * PanelProduct.BLOCK;
          }
        }
      }
    }
  }

  private void copyRow(float[] x, int map, int row, int phase, float[] planes, int to) {
    int end = to + pitch * PanelProduct.BLOCK;
    int stride = geometry.strideWidth();
    int outside = geometry.padLeft() - phase;
    int first = Math.clamp(Math.ceilDiv(outside, stride), 0, pitch);
    int last = Math.clamp(Math.ceilDiv(geometry.inputWidth() + outside, stride), first, pitch);
    if (row < 0 || row >= geometry.inputHeight() || first == last) {
      Arrays.fill(planes, to, end, 0);
      return;
    }
    int source =
        map + (row * geometry.inputWidth() + first * stride - outside) * PanelProduct.BLOCK;
    int target = to + first * PanelProduct.BLOCK;
    Arrays.fill(planes, to, target, 0);
    if (stride == 1) {
      System.arraycopy(x, source, planes, target, (last - first) * PanelProduct.BLOCK);
    } else {
      for (int c = 0; c < last - first; c++) {
        Lanes.copyBlock(
            x, source + c * stride * PanelProduct.BLOCK, planes, target + c * PanelProduct.BLOCK);
      }
    }
    Arrays.fill(planes, to + last * PanelProduct.BLOCK, end, 0);
  }
}
