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

  /**
   * Weights that are worth it to be in half of the bytes where {@link WeightFormat#BF16} is asked
   * for: what a megabyte of FP32 holds. Fewer stay in the second-level cache, where they come as
   * fast as they are multiplied.
   */
  static final int LEAST_NARROWED = 1 << 18;

  private final Panels weights;
  private final int inputs;
  private final TapOffsets tapOffsets;

  /** Where the next single row begins; threads that overwrite each other's choice do no harm. */
  private boolean backwards;

  /**
   * Packs weights.
   *
   * @param weights (M, K) or (K, M) from an offset on
   * @param outputsFirst whether it is (M, K)
   * @param format how they are kept
   */
  public DenseProduct(
      float[] weights,
      int offset,
      int outputs,
      int inputs,
      boolean outputsFirst,
      WeightFormat format) {
    this(
        format == WeightFormat.BF16 && (long) outputs * inputs >= LEAST_NARROWED
            ? BFloat16Panels.of(weights, offset, outputs, inputs, outputsFirst)
            : wide(weights, offset, outputs, inputs, outputsFirst),
        inputs);
  }

  /** Packs weights as they are given. */
  public DenseProduct(float[] weights, int offset, int outputs, int inputs, boolean outputsFirst) {
    this(wide(weights, offset, outputs, inputs, outputsFirst), inputs);
  }

  /** Multiplies by packed weights. */
  DenseProduct(Panels weights, int inputs) {
    this.weights = weights;
    this.inputs = inputs;
    this.tapOffsets = new TapOffsets(ChannelBlocks.count(inputs));
  }

  private static PanelWeights wide(
      float[] weights, int offset, int outputs, int inputs, boolean outputsFirst) {
    return outputsFirst
        ? PanelWeights.blocked(weights, offset, outputs, inputs, 1)
        : PanelWeights.transposed(weights, offset, outputs, inputs);
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
    ComputePool pool = ComputePool.get();
    boolean apart = Simd.isFused() && rows > 1 && rows <= weights.rowsApart();
    boolean single = Simd.isFused() && rows == 1;
    int widened = single || apart ? 0 : weights.scratchLength(ChannelBlocks.count(inputs));
    int copied = apart ? rows * (weights.depth + ChannelBlocks.padded(outputs)) : 0;
    Tensor scratch = memory.scratch(gathered + scattered + copied + pool.threads() * widened);
    int behind = scratch.offset() + gathered + scattered;
    Workers workers = new Workers(pool, weights.wide(scratch.floats()), behind, widened);
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
        apart(workers, from, x0, to, s0, row, 1, epilogue);
      } else if (apart) {
        copied(workers, from, x0, to, s0, rows, pitch, epilogue, scratch.floats(), behind);
      } else {
        several(workers, from, x0, to, s0, row, count, pitch, epilogue);
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

  /**
   * Threads, and where they find weights as FP32.
   *
   * @param wide {@link Panels#wide}
   * @param offset where that of the first worker begins which it may write
   * @param length how much that is
   */
  private record Workers(ComputePool pool, float[] wide, int offset, int length) {
    int scratchOf(int worker) {
      return offset + worker * length;
    }
  }

  /** Does the pieces, on several threads if there is enough to do. */
  private void share(Workers workers, int rows, int pieces, ComputePool.Work piece) {
    if ((long) rows * weights.depth * weights.outputChannels < WORTH_SHARING) {
      for (int i = 0; i < pieces; i++) {
        piece.run(i, 0);
      }
    } else {
      workers.pool.run(pieces, piece);
    }
  }

  /**
   * Rows that stand one after another, each by itself. Weights that do not fit the cache are read
   * from alternating ends: what the last run read at its end is there still.
   */
  private void apart(
      Workers workers, float[] x, int x0, float[] y, int y0, int row, int rows, Epilogue epilogue) {
    int pairs = weights.pairs();
    int outputs = ChannelBlocks.padded(weights.outputChannels);
    boolean fromEnd = backwards;
    if (weights.size() >= LONG_STREAM) {
      backwards = !fromEnd;
    }
    share(
        workers,
        rows,
        pairs,
        (piece, worker) -> {
          int pair = fromEnd ? pairs - 1 - piece : piece;
          for (int r = 0; r < rows; r++) {
            int e0 = epilogue.row(row + r);
            weights.multiplyRow(x, x0 + r * weights.depth, pair, epilogue, e0, y, y0 + r * outputs);
          }
        });
  }

  /**
   * A few rows in blocks, as rows and back.
   *
   * @param copies where they are rows, from an offset on
   */
  private void copied(
      Workers workers,
      float[] x,
      int x0,
      float[] y,
      int y0,
      int rows,
      int pitch,
      Epilogue epilogue,
      float[] copies,
      int offset) {
    int products = offset + rows * weights.depth;
    RowBlocks.toRows(x, x0, pitch, copies, offset, rows, weights.depth);
    apart(workers, copies, offset, copies, products, 0, rows, epilogue);
    int outputs = ChannelBlocks.padded(weights.outputChannels);
    RowBlocks.fromRows(copies, products, rows, outputs, y, y0, pitch);
  }

  private void several(
      Workers workers,
      float[] x,
      int x0,
      float[] y,
      int y0,
      int row,
      int rows,
      int pitch,
      Epilogue epilogue) {
    boolean uniform = epilogue.rowStride == 0;
    int[] taps = tapOffsets.of(pitch * PanelProduct.BLOCK);
    int yBlock = pitch * PanelProduct.BLOCK;
    // Activations beyond a clamp follow in one go.
    Epilogue inTiles = uniform ? epilogue.withoutFunction() : Epilogue.NONE;
    share(
        workers,
        rows,
        weights.count(),
        (panel, worker) -> {
          PanelProduct product = new PanelProduct(x, taps, workers.wide, y, yBlock, y0, inTiles);
          int s0 = y0 + weights.block(panel) * yBlock;
          multiply(product, panel, workers, worker, x0, s0, pitch, uniform);
          if (!uniform) {
            finishEach(product, panel, s0, row, rows, epilogue);
          }
        });
  }

  /** One panel, a few taps after the others. */
  private void multiply(
      PanelProduct product,
      int panel,
      Workers workers,
      int worker,
      int x0,
      int y0,
      int pitch,
      boolean finishes) {
    int taps = product.taps.length;
    int together = weights.tapsTogether(taps);
    product.startFromZero();
    for (int tap = 0; tap < taps; tap += together) {
      int count = Math.min(together, taps - tap);
      product.useTaps(count);
      int w0 = weights.widen(panel, tap, count, workers.wide, workers.scratchOf(worker));
      boolean last = tap + count == taps;
      tiles(product, panel, w0, x0 + product.taps[tap], y0, pitch, last && finishes);
      product.startFromOutput();
    }
  }

  /** Some taps of one panel, cut into the tiles that the pitch is made of. */
  private void tiles(
      PanelProduct product, int panel, int w0, int x0, int y0, int pitch, boolean finishes) {
    int width = weights.width(panel);
    int r = 0;
    while (r < pitch) {
      int left = pitch - r;
      int tile =
          !Lanes.WIDE ? left : left >= 14 && left != 15 && left != 16 ? 14 : left > 7 ? 8 : 7;
      int to = y0 + r * PanelProduct.BLOCK;
      int from = x0 + r * PanelProduct.BLOCK;
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
