package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.CacheLines;
import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.matrix.PanelWeights;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.compute.tile.PanelProduct;
import io.norma.kernel.tensor.Memory;

/**
 * A 3×3 convolution of stride 1 by Winograd's F(4×4, 3×3): 36 products for 16 outputs where the
 * definition takes 144. Tiles of all rows of the batch are transformed, multiplied position by
 * position as matrices, and transformed back.
 *
 * <p>What a tile holds is mixed before it is multiplied: one infinity would make no numbers of
 * pixels that do not see it, and values near the largest float would overflow on their way. A row
 * of the batch with sums that are not finite is computed again as the definition has it.
 *
 * <p>Transformed weights are four times as large as the weights, and reading them from memory takes
 * longer than the products of a small map. So unless they are few they are transformed again in
 * each run, a piece at a time that stays in the second-level cache.
 */
public final class WinogradConvolution implements BlockedConvolution {
  static final int BLOCK = PanelProduct.BLOCK;
  static final int POSITIONS = 36;

  final PanelWeights weights;

  /** {@code [panel][36][input channel][channel of the panel]}, or empty. */
  private final float[] transformed;

  private final DirectConvolution direct;

  private WinogradConvolution(DirectConvolution direct, float[] transformed) {
    this.direct = direct;
    this.weights = direct.weights();
    this.transformed = transformed;
  }

  static WinogradConvolution pack(float[] w, int offset, FilterShape filters) {
    DirectConvolution direct = DirectConvolution.pack(w, offset, filters);
    if (!ConvolutionChoice.transformsAhead(filters)) {
      return new WinogradConvolution(direct, new float[0]);
    }
    int panels = direct.weights().count();
    int inputs = filters.inputBlocks() * BLOCK;
    int size = inputs * ChannelBlocks.padded(filters.outputChannels());
    float[] transformed = new float[CacheLines.LEAD + (size + panels * BLOCK) * POSITIONS];
    WinogradConvolution packed = new WinogradConvolution(direct, transformed);
    for (int panel = 0; panel < panels; panel++) {
      packed.transform(
          panel, 0, filters.inputBlocks(), packed.transformed, packed.transformedOffset(panel));
    }
    return packed;
  }

  /** Whether {@link #transformedWeights} holds anything. */
  boolean isTransformedAhead() {
    return transformed.length > 0;
  }

  float[] transformedWeights() {
    return transformed;
  }

  int transformedOffset(int panel) {
    int length = POSITIONS * transformedPosition(filters().inputBlocks(), weights.width(0));
    return CacheLines.LEAD + panel * length;
  }

  /**
   * Distance between the positions of transformed weights. One block of padding keeps the 36 of a
   * filter, written at once, out of the same cache set.
   */
  static int transformedPosition(int blocks, int panelWidth) {
    return (blocks * panelWidth + 1) * BLOCK;
  }

  /**
   * Reads a float of each cache line that {@link #transform} is going to read. A transform misses
   * the first-level cache with each store, and these misses and those of weights from memory wait
   * for each other: it takes half as long when the weights are in the second-level cache.
   */
  float touch(int panel, int fromBlock, int blocks) {
    int step = 9 * BLOCK * weights.width(panel);
    int from = weights.offset(panel) + fromBlock * step;
    return CacheLines.read(weights.values, from, blocks * step);
  }

  /** Filters of some blocks of input channels of one panel to {@code [36][channel]}. */
  void transform(int panel, int fromBlock, int blocks, float[] u, int uOffset) {
    int width = weights.width(panel);
    for (int b = 0; b < blocks; b++) {
      int filters = weights.offset(panel) + (fromBlock + b) * 9 * BLOCK * width;
      for (int c = 0; c < BLOCK; c++) {
        for (int lane = 0; lane < width; lane += Lanes.COUNT) {
          WinogradTransforms.weights(
              weights.values,
              filters + c * width + lane,
              BLOCK * width,
              u,
              uOffset + (b * BLOCK + c) * width + lane,
              transformedPosition(blocks, width));
        }
      }
    }
  }

  @Override
  public FilterShape filters() {
    return direct.filters();
  }

  @Override
  public void forward(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int rows,
      PlaneGeometry geometry,
      Epilogue epilogue,
      Memory memory) {
    if (rows == 0) {
      return;
    }
    boolean[] finite;
    switch (ConvolutionChoice.here().kernel(filters(), geometry, epilogue.residual != null)) {
      case WINOGRAD ->
          finite =
              WinogradRun.convolve(this, x, xOffset, y, yOffset, rows, geometry, epilogue, memory);
      case LINE_WINOGRAD ->
          finite =
              LineWinograd.convolve(
                  weights, filters(), x, xOffset, y, yOffset, rows, geometry, epilogue, memory);
      default -> {
        direct.forward(x, xOffset, y, yOffset, rows, geometry, epilogue, memory);
        return;
      }
    }
    int xRow = filters().inputBlocks() * BLOCK * geometry.inputPixels();
    int yRow = ChannelBlocks.padded(outputChannels()) * geometry.outputPixels();
    for (int row = 0; row < rows; row++) {
      if (!finite[row]) {
        direct.forward(
            x,
            xOffset + row * xRow,
            y,
            yOffset + row * yRow,
            1,
            geometry,
            epilogue.ofRow(row, yRow),
            memory);
      }
    }
  }
}
