package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.Lengths;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.matrix.PanelWeights;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.compute.tile.PanelProduct;
import io.norma.kernel.compute.tile.PlanarTile14x1;
import io.norma.kernel.compute.tile.PlanarTile14x1Stride2;
import io.norma.kernel.compute.tile.PlanarTile14x2;
import io.norma.kernel.compute.tile.PlanarTile14x2Stride2;
import io.norma.kernel.compute.tile.TileProduct;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;

/**
 * A convolution of few input channels, such as the first layer of an image network: reads planes,
 * writes blocks. Blocks would be mostly padding here, so each tap is one position of one channel.
 */
public final class PlanarConvolution implements BlockedConvolution {
  private static final int STRIPE = ConvolutionChoice.PLANAR_STRIPE;
  private static final int TILE = TileProduct.PIXELS;

  /** Columns between neighbouring outputs that there are tiles for. */
  private static final int LARGEST_STEP = 2;

  private final PanelWeights weights;
  private final FilterShape filters;

  private PlanarConvolution(PanelWeights weights, FilterShape filters) {
    this.weights = weights;
    this.filters = filters;
  }

  static PlanarConvolution pack(float[] weights, int offset, FilterShape filters) {
    int taps = filters.inputChannels() * filters.positions();
    PanelWeights panels = PanelWeights.planar(weights, offset, filters.outputChannels(), taps);
    return new PlanarConvolution(panels, filters);
  }

  @Override
  public FilterShape filters() {
    return filters;
  }

  @Override
  public boolean takesPlanes() {
    return true;
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
    int height = geometry.outputHeight();
    PaddedPlanes planes = new PaddedPlanes(geometry, inputChannels(), Math.min(STRIPE, height));
    ComputePool pool = ComputePool.get();
    Tensor scratch = memory.scratch(Lengths.ofCopy(pool.threads(), planes.length()));
    int yBlock = geometry.outputPixels() * PanelProduct.BLOCK;
    // What kernels do not do in registers follows once the stripe is complete.
    Epilogue inTiles = epilogue.residual == null ? epilogue.withoutFunction() : epilogue;
    PanelProduct[] products = new PanelProduct[pool.threads()];
    for (int worker = 0; worker < products.length; worker++) {
      products[worker] =
          new PanelProduct(
              scratch.floats(), planes.taps(), weights.values, y, yBlock, yOffset, inTiles);
    }
    int stripes = Math.ceilDiv(height, STRIPE);
    int xRow = inputChannels() * geometry.inputPixels();
    int blocks = ChannelBlocks.count(weights.outputChannels);
    int yRow = blocks * yBlock;
    pool.run(
        rows * stripes,
        (part, worker) -> {
          int row = part / stripes;
          int from = part % stripes * STRIPE;
          int length = Math.min(STRIPE, height - from);
          PanelProduct product = products[worker];
          product.useRow(row);
          int x0 = scratch.offset() + worker * planes.length();
          planes.fill(x, xOffset + row * xRow, from, length, product.x, x0);
          int y0 = yOffset + row * yRow + from * geometry.outputWidth() * PanelProduct.BLOCK;
          for (int panel = 0; panel < weights.count(); panel++) {
            multiply(product, panel, geometry, planes, x0, length, y0);
          }
          if (product.epilogue != epilogue) {
            int pixels = length * geometry.outputWidth() * PanelProduct.BLOCK;
            for (int block = 0; block < blocks; block++) {
              epilogue.activation.applyUnlessClamp(y, y0 + block * yBlock, pixels);
            }
          }
        });
  }

  private void multiply(
      PanelProduct product,
      int panel,
      PlaneGeometry geometry,
      PaddedPlanes planes,
      int x0,
      int rows,
      int y0) {
    int width = geometry.outputWidth();
    int panelWidth = weights.width(panel);
    int w0 = weights.offset(panel);
    int to = y0 + weights.block(panel) * product.yBlock;
    int stride = planes.pixelStep();
    int e0 = product.epilogueOffset() + weights.channel(panel);
    ConvolutionTile tile =
        ConvolutionChoice.here()
            .tile(
                ConvolutionKernel.PLANAR, panelWidth, geometry, product.epilogue.residual != null);
    for (int r = 0; r < rows; r++) {
      int from = x0 + r * planes.rowStep();
      int pixel = to + r * width * PanelProduct.BLOCK;
      int p = 0;
      if (tile == ConvolutionTile.FOURTEEN_BY_ONE) {
        p = blocks(product, from, w0, pixel, width, stride);
        TileProduct.finishStored(product, panelWidth, pixel, p, weights.channel(panel));
      } else if (tile == ConvolutionTile.FOURTEEN_BY_TWO) {
        if (stride == 1) {
          for (; p < width; p = next(p, width)) {
            PlanarTile14x2.finish(product, from + p, w0, pixel + p * PanelProduct.BLOCK, e0);
          }
        } else {
          for (; p < width; p = next(p, width)) {
            PlanarTile14x2Stride2.finish(
                product, from + 2 * p, w0, pixel + p * PanelProduct.BLOCK, e0);
          }
        }
      }
      if (p < width) {
        int rest = pixel + p * PanelProduct.BLOCK;
        TileProduct.multiplyRow(
            product, panelWidth, stride, from + p * stride, w0, rest, width - p);
        TileProduct.finishStored(product, panelWidth, rest, width - p, weights.channel(panel));
      }
    }
  }

  /** Where the tile behind the one at p begins; the last one may compute pixels once more. */
  private static int next(int p, int width) {
    return p + TILE == width ? width : Math.min(p + TILE, width - TILE);
  }

  /** A row in tiles of a single block; returns the pixels they take. */
  private static int blocks(PanelProduct product, int x0, int w0, int y0, int width, int stride) {
    int p = 0;
    for (; p < width; p = next(p, width)) {
      if (stride == 1) {
        PlanarTile14x1.multiply(product, x0 + p, w0, y0 + p * PanelProduct.BLOCK);
      } else {
        PlanarTile14x1Stride2.multiply(product, x0 + 2 * p, w0, y0 + p * PanelProduct.BLOCK);
      }
    }
    return p;
  }

  /**
   * The rows that a stripe of outputs sees, copied with their padding: {@code [c][row][column]}.
   * Where the window moves by more columns than there are tiles for, the columns of a row are taken
   * apart by that: {@code [c][row][column mod stride][column / stride]}, so that neighbouring
   * outputs read neighbours.
   */
  private static final class PaddedPlanes {
    private final PlaneGeometry geometry;
    private final int channels;
    private final int rows;

    /** Columns that are read. */
    private final int width;

    private final int phases;
    private final int phaseWidth;
    private final int length;
    private final int[] taps;

    PaddedPlanes(PlaneGeometry geometry, int channels, int outputRows) {
      this.geometry = geometry;
      this.channels = channels;
      this.rows = inputRows(geometry, outputRows);
      this.width =
          (geometry.outputWidth() - 1) * geometry.strideWidth()
              + (geometry.kernelWidth() - 1) * geometry.dilationWidth()
              + 1;
      this.phases = geometry.strideWidth() > LARGEST_STEP ? geometry.strideWidth() : 1;
      this.phaseWidth = Math.ceilDiv(width, phases);
      this.length = Lengths.ofCopy(channels, rows, phases, phaseWidth);
      this.taps = new int[channels * geometry.taps()];
      int tap = 0;
      for (int c = 0; c < channels; c++) {
        for (int i = 0; i < geometry.kernelHeight(); i++) {
          for (int j = 0; j < geometry.kernelWidth(); j++) {
            int row = c * rows + i * geometry.dilationHeight();
            taps[tap++] = row * rowLength() + place(j * geometry.dilationWidth());
          }
        }
      }
    }

    private int rowLength() {
      return phases * phaseWidth;
    }

    /** Where a column stands in its row. */
    private int place(int column) {
      return column % phases * phaseWidth + column / phases;
    }

    int length() {
      return length;
    }

    int[] taps() {
      return taps;
    }

    /** Distance between the rows that neighbouring output rows start from. */
    int rowStep() {
      return geometry.strideHeight() * rowLength();
    }

    /** Distance between the columns that neighbouring outputs start from. */
    int pixelStep() {
      return phases == 1 ? geometry.strideWidth() : 1;
    }

    private static int inputRows(PlaneGeometry geometry, int outputRows) {
      return (outputRows - 1) * geometry.strideHeight()
          + (geometry.kernelHeight() - 1) * geometry.dilationHeight()
          + 1;
    }

    void fill(float[] x, int xOffset, int firstRow, int outputRows, float[] u, int uOffset) {
      int left = Math.min(geometry.padLeft(), width);
      int inside = Math.min(geometry.inputWidth(), width - left);
      for (int c = 0; c < channels; c++) {
        int plane = xOffset + c * geometry.inputPixels();
        for (int r = 0; r < inputRows(geometry, outputRows); r++) {
          int row = geometry.row(firstRow, 0) + r;
          int to = uOffset + (c * rows + r) * rowLength();
          if (row < 0 || row >= geometry.inputHeight()) {
            Arrays.fill(u, to, to + rowLength(), 0);
          } else if (phases > 1) {
            takeApart(x, plane + row * geometry.inputWidth(), left, inside, u, to);
          } else {
            Arrays.fill(u, to, to + left, 0);
            System.arraycopy(x, plane + row * geometry.inputWidth(), u, to + left, inside);
            Arrays.fill(u, to + left + inside, to + width, 0);
          }
        }
      }
    }

    private void takeApart(float[] x, int from, int left, int inside, float[] u, int to) {
      for (int phase = 0; phase < phases; phase++) {
        int start = to + phase * phaseWidth;
        // The first place of this phase that is no padding, and the first behind the last one.
        int first = Math.ceilDiv(Math.max(0, left - phase), phases);
        int end = Math.ceilDiv(Math.max(0, left + inside - phase), phases);
        Arrays.fill(u, start, start + first, 0);
        for (int i = first; i < end; i++) {
          u[start + i] = x[from + i * phases + phase - left];
        }
        Arrays.fill(u, start + end, start + phaseWidth, 0);
      }
    }
  }
}
