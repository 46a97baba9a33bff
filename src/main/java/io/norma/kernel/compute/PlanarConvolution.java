package io.norma.kernel.compute;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;

/**
 * A convolution of few input channels, such as the first layer of an image network: reads planes,
 * writes blocks. Blocks would be mostly padding here, so each tap is one position of one channel.
 *
 * <p>Columns are first sorted by their remainder modulo the stride, so that neighbouring outputs
 * always read neighbouring floats.
 */
final class PlanarConvolution implements BlockedConvolution {
  /** Output rows computed from one copy of the input rows that they see. */
  private static final int STRIPE = 8;

  private final PanelWeights weights;
  private final int inputChannels;

  PlanarConvolution(
      float[] weights, int offset, int outputChannels, int inputChannels, int positions) {
    this.weights = PanelWeights.planar(weights, offset, outputChannels, inputChannels * positions);
    this.inputChannels = inputChannels;
  }

  @Override
  public int inputChannels() {
    return inputChannels;
  }

  @Override
  public int outputChannels() {
    return weights.outputChannels;
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
    SortedColumns columns = new SortedColumns(geometry, inputChannels, Math.min(STRIPE, height));
    ComputePool pool = ComputePool.get();
    Tensor scratch = memory.scratch(Shape.of(pool.threads() * columns.length()));
    Product[] products = new Product[pool.threads()];
    for (int worker = 0; worker < products.length; worker++) {
      Product product = new Product();
      product.x = scratch.floats();
      product.taps = columns.taps();
      product.tapCount = weights.depth;
      product.weights = weights.values;
      product.y = y;
      product.yBlock = geometry.outputPixels() * Product.BLOCK;
      product.yOrigin = yOffset;
      product.epilogue = epilogue;
      products[worker] = product;
    }
    int stripes = Math.ceilDiv(height, STRIPE);
    int xRow = inputChannels * geometry.inputPixels();
    int yRow = ChannelBlocks.count(weights.outputChannels) * products[0].yBlock;
    pool.run(
        rows * stripes,
        (part, worker) -> {
          int row = part / stripes;
          int from = part % stripes * STRIPE;
          int length = Math.min(STRIPE, height - from);
          Product product = products[worker];
          product.epilogueOffset = epilogue.row(row);
          int x0 = scratch.offset() + worker * columns.length();
          columns.fill(x, xOffset + row * xRow, from, length, product.x, x0);
          int y0 = yOffset + row * yRow + from * geometry.outputWidth() * Product.BLOCK;
          for (int panel = 0; panel < weights.count(); panel++) {
            multiply(product, panel, geometry, columns, x0, length, y0);
          }
        });
  }

  private void multiply(
      Product product,
      int panel,
      PlaneGeometry geometry,
      SortedColumns columns,
      int x0,
      int rows,
      int y0) {
    int width = geometry.outputWidth();
    int panelWidth = weights.width(panel);
    int w0 = weights.offset(panel);
    int to = y0 + 2 * panel * product.yBlock;
    for (int r = 0; r < rows; r++) {
      int from = x0 + r * columns.rowStep();
      int pixel = to + r * width * Product.BLOCK;
      int p = 0;
      if (Lanes.WIDE && panelWidth == Product.PANEL) {
        for (; p + 14 <= width; p += 14) {
          PlanarTile14x2.accumulate(product, from + p, w0, pixel + p * Product.BLOCK);
        }
      }
      if (p < width) {
        NarrowTile.accumulate(
            product, panelWidth, 1, 1, from + p, w0, pixel + p * Product.BLOCK, width - p);
      }
      TileProduct.finishStored(product, panelWidth, pixel, width, panel * Product.PANEL);
    }
  }

  /**
   * The rows that a stripe of outputs sees, padded, columns sorted: [c][row][remainder][column].
   */
  private static final class SortedColumns {
    private final PlaneGeometry geometry;
    private final int channels;
    private final int rows;
    private final int stride;
    private final int width;
    private final int[] taps;

    SortedColumns(PlaneGeometry geometry, int channels, int outputRows) {
      this.geometry = geometry;
      this.channels = channels;
      this.stride = geometry.strideWidth();
      this.rows =
          (outputRows - 1) * geometry.strideHeight()
              + (geometry.kernelHeight() - 1) * geometry.dilationHeight()
              + 1;
      this.width =
          geometry.outputWidth() + (geometry.kernelWidth() - 1) * geometry.dilationWidth() / stride;
      this.taps = new int[channels * geometry.taps()];
      int tap = 0;
      for (int c = 0; c < channels; c++) {
        for (int i = 0; i < geometry.kernelHeight(); i++) {
          for (int j = 0; j < geometry.kernelWidth(); j++) {
            int row = c * rows + i * geometry.dilationHeight();
            int column = j * geometry.dilationWidth();
            taps[tap++] = (row * stride + column % stride) * width + column / stride;
          }
        }
      }
    }

    int length() {
      return channels * rows * stride * width;
    }

    int[] taps() {
      return taps;
    }

    /** Distance between the rows that neighbouring output rows start from. */
    int rowStep() {
      return geometry.strideHeight() * stride * width;
    }

    void fill(float[] x, int xOffset, int firstRow, int outputRows, float[] u, int uOffset) {
      int seen =
          (outputRows - 1) * geometry.strideHeight()
              + (geometry.kernelHeight() - 1) * geometry.dilationHeight()
              + 1;
      for (int c = 0; c < channels; c++) {
        int plane = xOffset + c * geometry.inputPixels();
        for (int r = 0; r < seen; r++) {
          int row = geometry.row(firstRow, 0) + r;
          int to = uOffset + (c * rows + r) * stride * width;
          if (row < 0 || row >= geometry.inputHeight()) {
            Arrays.fill(u, to, to + stride * width, 0);
          } else {
            for (int remainder = 0; remainder < stride; remainder++) {
              fillRow(x, plane + row * geometry.inputWidth(), remainder, u, to + remainder * width);
            }
          }
        }
      }
    }

    private void fillRow(float[] x, int row, int remainder, float[] u, int to) {
      int pad = geometry.padLeft() - remainder;
      int first = Math.clamp(Math.ceilDiv(pad, stride), 0, width);
      int end = Math.clamp(Math.ceilDiv(geometry.inputWidth() + pad, stride), first, width);
      Arrays.fill(u, to, to + first, 0);
      int from = row - pad;
      for (int i = first; i < end; i++) {
        u[to + i] = x[from + i * stride];
      }
      Arrays.fill(u, to + end, to + width, 0);
    }
  }
}
