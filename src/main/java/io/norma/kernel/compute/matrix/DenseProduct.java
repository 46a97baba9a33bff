package io.norma.kernel.compute.matrix;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.Simd;
import io.norma.kernel.compute.blocks.RowBlocks;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.compute.tile.EpilogueLoops;
import io.norma.kernel.compute.tile.PanelProduct;
import io.norma.kernel.compute.tile.TapOffsets;
import io.norma.kernel.compute.tile.TileProduct;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.function.IntConsumer;

/**
 * A dense layer with packed weights: {@code y[n, m] = epilogue(Σ_k w[m, k] · x[n, k])}. A single
 * row is a stream of all weights through the core, nothing else; more rows stand in blocks and
 * share each weight they load, as the pixels of a pointwise convolution do. The sums are the same
 * either way, to the bit.
 */
public final class DenseProduct {
  /** Multiply-adds below which waking another thread costs more than it brings. */
  private static final int WORTH_SHARING = 1 << 18;

  /** Weights that may outlive other work in the second-level cache only in part. */
  private static final int LONG_STREAM = 1 << 16;

  private final PanelWeights weights;
  private final int inputs;
  private final TapOffsets tapOffsets;

  /** Where the next single row begins; threads that overwrite each other's choice do no harm. */
  private boolean backwards;

  /**
   * Packs weights.
   *
   * @param weights (M, K) or (K, M) from an offset on
   * @param outputsFirst whether it is (M, K)
   */
  public DenseProduct(float[] weights, int offset, int outputs, int inputs, boolean outputsFirst) {
    this.weights =
        outputsFirst
            ? PanelWeights.blocked(weights, offset, outputs, inputs, 1)
            : PanelWeights.transposed(weights, offset, outputs, inputs);
    this.inputs = inputs;
    this.tapOffsets = new TapOffsets(ChannelBlocks.count(inputs));
  }

  /** K. */
  public int inputs() {
    return inputs;
  }

  /** M. */
  public int outputs() {
    return weights.outputChannels;
  }

  /**
   * Computes rows of a batch.
   *
   * @param x (N, K), or these rows in {@link RowBlocks}, from an offset on
   * @param xInBlocks which of the two
   * @param y (N, M), or these rows in blocks, from an offset on; not the same memory
   * @param rows N
   * @param epilogue without a residual
   */
  public void forward(
      float[] x,
      int xOffset,
      boolean xInBlocks,
      float[] y,
      int yOffset,
      boolean yInBlocks,
      int rows,
      Epilogue epilogue,
      Memory memory) {
    int outputs = weights.outputChannels;
    // A row of whole blocks is laid out alike either way.
    boolean gathers = !xInBlocks && (rows > 1 || inputs % ChannelBlocks.SIZE != 0);
    boolean scatters = !yInBlocks && (rows > 1 || outputs % ChannelBlocks.SIZE != 0);
    int slab = Math.min(rows, RowBlocks.SLAB);
    int gathered = gathers ? RowBlocks.length(slab, inputs) : 0;
    int scattered = scatters ? RowBlocks.length(slab, outputs) : 0;
    Tensor scratch = memory.scratch(gathered + scattered);
    float[] from = gathers ? scratch.floats() : x;
    float[] to = scatters ? scratch.floats() : y;
    for (int row = 0; row < rows; row += RowBlocks.SLAB) {
      int count = Math.min(RowBlocks.SLAB, rows - row);
      int pitch = RowBlocks.pitch(count);
      int x0 = xOffset + row * (xInBlocks ? weights.depth : inputs);
      if (gathers) {
        RowBlocks.fromRows(x, x0, count, inputs, from, scratch.offset(), pitch);
        x0 = scratch.offset();
      }
      int y0 = yOffset + row * (yInBlocks ? ChannelBlocks.padded(outputs) : outputs);
      int s0 = scatters ? scratch.offset() + gathered : y0;
      if (count == 1 && Simd.isFused()) {
        single(from, x0, to, s0, epilogue, epilogue.row(row));
      } else {
        several(from, x0, to, s0, row, count, pitch, epilogue);
      }
      epilogue.activation.applyUnlessClamp(to, s0, pitch * ChannelBlocks.padded(outputs));
      if (scatters) {
        RowBlocks.toRows(to, s0, pitch, y, y0, count, outputs);
      }
    }
    if (yInBlocks) {
      RowBlocks.clearPadding(y, yOffset, rows, outputs);
    }
  }

  /** Does the pieces, on several threads if there is enough to do. */
  private void share(int rows, int pieces, IntConsumer piece) {
    if ((long) rows * weights.depth * weights.outputChannels < WORTH_SHARING) {
      for (int i = 0; i < pieces; i++) {
        piece.accept(i);
      }
    } else {
      ComputePool.get().run(pieces, (part, worker) -> piece.accept(part));
    }
  }

  /**
   * One row. Weights that do not fit the cache are read from alternating ends: what the last run
   * read at its end is there still.
   */
  private void single(float[] x, int x0, float[] y, int y0, Epilogue epilogue, int e0) {
    int pairs = RowTimesPanels.pairs(weights);
    boolean fromEnd = backwards;
    if (weights.values.length > LONG_STREAM) {
      backwards = !fromEnd;
    }
    share(
        1,
        pairs,
        piece -> {
          int pair = fromEnd ? pairs - 1 - piece : piece;
          RowTimesPanels.pair(x, x0, weights, pair, epilogue, e0, y, y0);
        });
  }

  private void several(
      float[] x, int x0, float[] y, int y0, int row, int rows, int pitch, Epilogue epilogue) {
    boolean uniform = epilogue.rowStride == 0;
    int[] taps = tapOffsets.of(pitch * PanelProduct.BLOCK);
    int yBlock = pitch * PanelProduct.BLOCK;
    // Activations beyond a clamp follow in one go.
    Epilogue inTiles = uniform ? epilogue.withoutFunction() : Epilogue.NONE;
    share(
        rows,
        weights.count(),
        panel -> {
          PanelProduct product = new PanelProduct(x, taps, weights.values, y, yBlock, y0, inTiles);
          int s0 = y0 + weights.block(panel) * yBlock;
          multiply(product, panel, x0, s0, pitch, uniform);
          if (!uniform) {
            finishEach(product, panel, s0, row, rows, epilogue);
          }
        });
  }

  /** One panel, a few taps after the others. */
  private void multiply(
      PanelProduct product, int panel, int x0, int y0, int pitch, boolean finishes) {
    int taps = product.taps.length;
    int together = TileProduct.tapsTogether(taps);
    int tap = 0;
    product.startFromZero();
    for (; tap + together < taps; tap += together) {
      product.useTaps(together);
      tiles(product, panel, tap, x0, y0, pitch, false);
      product.startFromOutput();
    }
    product.useTaps(taps - tap);
    tiles(product, panel, tap, x0, y0, pitch, finishes);
  }

  /** One panel from a tap on, cut into the tiles that the pitch is made of. */
  private void tiles(
      PanelProduct product, int panel, int tap, int x0, int y0, int pitch, boolean finishes) {
    int width = weights.width(panel);
    int w0 = weights.offset(panel) + tap * PanelProduct.BLOCK * width;
    int r = 0;
    while (r < pitch) {
      int left = pitch - r;
      int tile =
          !Lanes.WIDE ? left : left >= 14 && left != 15 && left != 16 ? 14 : left > 7 ? 8 : 7;
      int to = y0 + r * PanelProduct.BLOCK;
      int from = x0 + product.taps[tap] + r * PanelProduct.BLOCK;
      if (finishes) {
        TileProduct.finish(product, width, from, w0, to, tile, weights.channel(panel));
      } else {
        TileProduct.accumulate(product, width, from, w0, to, tile);
      }
      r += tile;
    }
  }

  /** Rows that are normalized with statistics of their own. */
  private void finishEach(
      PanelProduct product, int panel, int y0, int row, int rows, Epilogue epilogue) {
    for (int c = 0; c < weights.width(panel); c += PanelProduct.BLOCK) {
      int block = y0 + c / PanelProduct.BLOCK * product.yBlock;
      for (int r = 0; r < rows; r++) {
        int e0 = epilogue.row(row + r) + weights.channel(panel) + c;
        int at = block + r * PanelProduct.BLOCK;
        for (int lane = 0; lane < PanelProduct.BLOCK; lane += Lanes.COUNT) {
          EpilogueLoops.affine(epilogue, e0 + lane, product.y, at + lane, product.y, at + lane, 1);
        }
      }
    }
  }
}
