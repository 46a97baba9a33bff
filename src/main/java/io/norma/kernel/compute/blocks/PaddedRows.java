package io.norma.kernel.compute.blocks;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.Lengths;
import java.util.Arrays;

/** The input rows of one block that a stripe of output rows sees, copied with their padding. */
public final class PaddedRows {
  private final PlaneGeometry geometry;
  private final int outputRows;
  private final int width;
  private final int length;
  private final int[] taps;

  /**
   * @param budget floats that the copy should not pass, if one row of outputs allows it
   */
  public PaddedRows(PlaneGeometry geometry, int budget) {
    this.geometry = geometry;
    this.width =
        (geometry.outputWidth() - 1) * geometry.strideWidth()
            + (geometry.kernelWidth() - 1) * geometry.dilationWidth()
            + 1;
    int affordable = (int) (budget / ((long) width * ChannelBlocks.SIZE));
    int reach = (geometry.kernelHeight() - 1) * geometry.dilationHeight() + 1;
    this.outputRows =
        Math.clamp((affordable - reach) / geometry.strideHeight() + 1, 1, geometry.outputHeight());
    this.length = Lengths.ofCopy(inputRows(outputRows), width, ChannelBlocks.SIZE);
    this.taps = new int[geometry.taps()];
    for (int i = 0; i < geometry.kernelHeight(); i++) {
      for (int j = 0; j < geometry.kernelWidth(); j++) {
        taps[i * geometry.kernelWidth() + j] =
            (i * geometry.dilationHeight() * width + j * geometry.dilationWidth())
                * ChannelBlocks.SIZE;
      }
    }
  }

  /** Output rows in a stripe. */
  public int outputRows() {
    return outputRows;
  }

  /** Floats that the copy takes. */
  public int length() {
    return length;
  }

  /** Where each position of the window stands from its first one. */
  public int[] taps() {
    return taps;
  }

  /** Distance between neighbouring rows of the copy. */
  public int pitch() {
    return width * ChannelBlocks.SIZE;
  }

  /** Distance between the first positions of neighbouring output rows. */
  public int rowStep() {
    return geometry.strideHeight() * width * ChannelBlocks.SIZE;
  }

  private int inputRows(int outputs) {
    return (outputs - 1) * geometry.strideHeight()
        + (geometry.kernelHeight() - 1) * geometry.dilationHeight()
        + 1;
  }

  /** Copies what {@code outputs} rows of outputs from row {@code first} on see. */
  public void fill(float[] x, int map, int first, int outputs, float[] u, int uOffset) {
    int left = Math.min(geometry.padLeft(), width);
    int inside = Math.min(geometry.inputWidth(), width - left);
    for (int r = 0; r < inputRows(outputs); r++) {
      int row = geometry.row(first, 0) + r;
      int to = uOffset + r * width * ChannelBlocks.SIZE;
      int end = to + width * ChannelBlocks.SIZE;
      if (row < 0 || row >= geometry.inputHeight()) {
        Arrays.fill(u, to, end, 0);
        continue;
      }
      int start = to + left * ChannelBlocks.SIZE;
      Lanes.clearBlocks(u, to, start);
      System.arraycopy(
          x,
          map + row * geometry.inputWidth() * ChannelBlocks.SIZE,
          u,
          start,
          inside * ChannelBlocks.SIZE);
      Lanes.clearBlocks(u, start + inside * ChannelBlocks.SIZE, end);
    }
  }
}
