package io.norma.kernel.compute.moments;

import io.norma.kernel.tensor.ChannelLayout;

/**
 * {@code y = (x − center)·scale + shift} for every channel, by the loops that suit where its values
 * lie. To take the center off first keeps all digits of a channel whose mean is many times its
 * deviation, of which {@code scale·x} minus a number as large would leave nothing.
 */
public final class CenteredAffine {
  private CenteredAffine() {}

  /**
   * Computes all elements of a layout; y may be x.
   *
   * @param center per channel, as scale and shift
   */
  public static void apply(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      ChannelLayout layout,
      float[] center,
      float[] scale,
      float[] shift) {
    float[][] vectors = {center, scale, shift};
    CenteredAffineLoops loops = CenteredAffineLoops.get();
    if (MomentLoops.standsTogether(layout)) {
      loops.runs(x, xOffset, y, yOffset, layout, vectors);
      return;
    }
    FoldedRows rows = FoldedRows.elementwise(layout);
    float[][] columns = rows.perColumn(vectors);
    loops.columns(x, xOffset, y, yOffset, rows.count(), rows.stride(), rows.columns(), columns);
    if (rows.restColumns() > 0) {
      int rest = rows.restOffset();
      loops.columns(x, xOffset + rest, y, yOffset + rest, 1, 0, rows.restColumns(), columns);
    }
  }
}
