package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.CacheLines;
import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.matrix.PanelWeights;
import io.norma.kernel.compute.matrix.RowTimesPanels;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.compute.tile.PanelProduct;
import io.norma.kernel.compute.tile.TapOffsets;
import io.norma.kernel.compute.tile.TileProduct;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.Objects;

/**
 * A convolution as a matrix product: {@code y[o, p] = Σ_c Σ_t w[o, c, t] · x[c, p + t]}. Where each
 * output reads the pixel at its place, it reads x as it stands; else a slab of pixels at a time is
 * unfolded to {@code [tap][pixel][16]} first, small enough to stay in the second-level cache while
 * all panels of weights pass over it.
 */
public final class DirectConvolution implements BlockedConvolution {
  private final PanelWeights weights;
  private final FilterShape filters;
  private final TapOffsets tapOffsets;

  private DirectConvolution(PanelWeights weights, FilterShape filters) {
    this.weights = weights;
    this.filters = filters;
    this.tapOffsets = new TapOffsets(filters.inputBlocks() * filters.positions());
  }

  static DirectConvolution pack(float[] weights, int offset, FilterShape filters) {
    PanelWeights panels =
        PanelWeights.blocked(
            weights,
            offset,
            filters.outputChannels(),
            filters.inputChannels(),
            filters.positions());
    return new DirectConvolution(panels, filters);
  }

  PanelWeights weights() {
    return weights;
  }

  @Override
  public FilterShape filters() {
    return filters;
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
    ConvolutionKernel kernel = ConvolutionChoice.here().direct(geometry, epilogue.residual != null);
    if (kernel == ConvolutionKernel.SINGLE_PIXELS) {
      pixels(x, xOffset, y, yOffset, rows, epilogue);
      return;
    }
    boolean unfolds = kernel == ConvolutionKernel.UNFOLDED;
    int tapCount = filters.inputBlocks() * filters.positions();
    int pixels = geometry.outputPixels();
    int slab = ConvolutionChoice.slab(tapCount, pixels);
    int slabs = Math.ceilDiv(pixels, slab);
    int[] taps = tapOffsets.of((unfolds ? slab : pixels) * PanelProduct.BLOCK);
    ComputePool pool = ComputePool.get();
    int scratchLength = unfolds ? tapCount * slab * PanelProduct.BLOCK : 0;
    Tensor scratch = memory.scratch(pool.threads() * scratchLength);
    // What kernels do not do in registers follows once a slab is complete.
    Epilogue inTiles = epilogue.residual == null ? epilogue.withoutFunction() : epilogue;
    PanelProduct[] products = new PanelProduct[pool.threads()];
    for (int worker = 0; worker < products.length; worker++) {
      products[worker] =
          new PanelProduct(
              unfolds ? scratch.floats() : x,
              taps,
              weights.values,
              y,
              pixels * PanelProduct.BLOCK,
              yOffset,
              inTiles);
    }
    int xRow = ChannelBlocks.padded(filters.inputChannels()) * geometry.inputPixels();
    int yRow = ChannelBlocks.padded(weights.outputChannels) * pixels;
    int panels = weights.count();
    int together = TileProduct.tapsTogether(tapCount);
    int panelShares = ConvolutionChoice.panelShares(pool.threads(), rows * slabs, panels, unfolds);
    pool.run(
        rows * slabs * panelShares,
        (part, worker) -> {
          int row = part / (slabs * panelShares);
          int from = part / panelShares % slabs * slab;
          int length = Math.min(slab, pixels - from);
          PanelProduct product = products[worker];
          product.useRow(row);
          int x0 = xOffset + row * xRow + from * PanelProduct.BLOCK;
          if (unfolds) {
            x0 = scratch.offset() + worker * scratchLength;
            Unfolding.unfold(
                x,
                xOffset + row * xRow,
                filters.inputBlocks(),
                geometry,
                from,
                length,
                product.x,
                x0,
                slab);
          } else if (ConvolutionChoice.isBeyondCache(rows * xRow)) {
            for (int tap = 0; tap < tapCount; tap++) {
              product.keep(CacheLines.read(x, x0 + taps[tap], length * PanelProduct.BLOCK));
            }
          }
          int share = part % panelShares;
          int y0 = yOffset + row * yRow + from * PanelProduct.BLOCK;
          boolean readsResidual =
              epilogue.residual != null && ConvolutionChoice.isBeyondCache(rows * yRow);
          multiplyPanels(
              new Slab(product, x0, y0, length, epilogue, readsResidual),
              share * panels / panelShares,
              (share + 1) * panels / panelShares,
              together);
        });
  }

  /**
   * Pixels that are multiplied together.
   *
   * @param epilogue what happens to their sums in the end
   * @param readsResidual whether what is added has to come from memory
   */
  private record Slab(
      PanelProduct product, int x0, int y0, int pixels, Epilogue epilogue, boolean readsResidual) {}

  /**
   * Panels of a slab.
   *
   * @param together taps whose weights pass over all pixels before those of the next ones
   */
  private void multiplyPanels(Slab slab, int first, int last, int together) {
    int taps = slab.product.taps.length;
    if (ConvolutionChoice.passesTapsOverPanels(taps, together, last - first, slab.pixels)) {
      for (int tap = 0; tap < taps; tap += together) {
        for (int panel = first; panel < last; panel++) {
          multiply(slab, panel, tap, Math.min(together, taps - tap));
        }
      }
    } else {
      for (int panel = first; panel < last; panel++) {
        for (int tap = 0; tap < taps; tap += together) {
          multiply(slab, panel, tap, Math.min(together, taps - tap));
        }
      }
    }
  }

  /** A few taps of one panel: continues its sums, and finishes them with the last tap. */
  private void multiply(Slab slab, int panel, int tap, int count) {
    PanelProduct product = slab.product;
    int width = weights.width(panel);
    int from = slab.x0 + product.taps[tap];
    int w0 = weights(panel, tap);
    int to = slab.y0 + weights.block(panel) * product.yBlock;
    if (tap == 0) {
      product.startFromZero();
    } else {
      product.startFromOutput();
    }
    product.useTaps(count);
    if (tap + count < product.taps.length) {
      TileProduct.accumulate(product, width, from, w0, to, slab.pixels);
      return;
    }
    if (slab.readsResidual) {
      readResidual(product, to, width, slab.pixels);
    }
    TileProduct.finish(product, width, from, w0, to, slab.pixels, weights.channel(panel));
    if (product.epilogue != slab.epilogue) {
      for (int c = 0; c < width; c += PanelProduct.BLOCK) {
        slab.epilogue.activation.applyUnlessClamp(
            product.y,
            to + c / PanelProduct.BLOCK * product.yBlock,
            slab.pixels * PanelProduct.BLOCK);
      }
    }
  }

  private int weights(int panel, int tap) {
    return weights.offset(panel) + tap * PanelProduct.BLOCK * weights.width(panel);
  }

  private static void readResidual(PanelProduct product, int y0, int panelWidth, int pixels) {
    int r0 = y0 - product.yOrigin + product.epilogue.residualOffset;
    for (int b = 0; b < panelWidth / PanelProduct.BLOCK; b++) {
      product.keep(
          CacheLines.read(
              Objects.requireNonNull(product.epilogue.residual),
              r0 + b * product.yBlock,
              pixels * PanelProduct.BLOCK));
    }
  }

  /** Maps of a single pixel: a row each, as of a dense layer. */
  private void pixels(float[] x, int xOffset, float[] y, int yOffset, int rows, Epilogue epilogue) {
    int outputs = ChannelBlocks.padded(weights.outputChannels);
    int pairs = weights.pairs();
    for (int row = 0; row < rows; row++) {
      int x0 = xOffset + row * weights.depth;
      int y0 = yOffset + row * outputs;
      int e0 = epilogue.row(row);
      for (int pair = 0; pair < pairs; pair++) {
        RowTimesPanels.pair(x, x0, weights, pair, epilogue, e0, y, y0);
      }
    }
    epilogue.activation.applyUnlessClamp(y, yOffset, rows * outputs);
  }
}
