package io.norma.kernel.compute;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.function.IntConsumer;

/**
 * A dense layer with packed weights: {@code y[n, m] = epilogue(Σ_k w[m, k] · x[n, k])}. A single
 * row is a stream of all weights through the core, nothing else; more rows share each weight they
 * load. The sums are the same either way, to the bit.
 */
public final class DenseProduct {
  /** Weights below which waking another thread costs more than it brings. */
  private static final int WORTH_SHARING = 1 << 18;

  /** Rows of the largest tile. */
  private static final int TILE = 14;

  private final PanelWeights weights;
  private final TapOffsets tapOffsets;

  /**
   * Packs weights.
   *
   * @param weights (M, K) or (K, M) from an offset on
   * @param outputsFirst whether it is (M, K)
   */
  public DenseProduct(float[] weights, int offset, int outputs, int inputs, boolean outputsFirst) {
    this.weights =
        outputsFirst
            ? PanelWeights.planar(weights, offset, outputs, inputs)
            : PanelWeights.transposed(weights, offset, outputs, inputs);
    this.tapOffsets = new TapOffsets(inputs);
  }

  /** K. */
  public int inputs() {
    return weights.depth;
  }

  /** M. */
  public int outputs() {
    return weights.outputChannels;
  }

  /**
   * Computes rows of a batch.
   *
   * @param x (N, K) from an offset on
   * @param y (N, M) from an offset on; not the same memory
   * @param rows N
   * @param epilogue without a residual
   */
  public void forward(
      float[] x, int xOffset, float[] y, int yOffset, int rows, Epilogue epilogue, Memory memory) {
    if (rows == 0) {
      return;
    }
    int depth = weights.depth;
    int padded = ChannelBlocks.padded(weights.outputChannels);
    // Rows that fill a tile cost less than rows that are left over from one.
    int pitch = Lanes.WIDE && rows > TILE / 2 ? Math.ceilDiv(rows, TILE) * TILE : rows;
    Tensor scratch = memory.scratch(Shape.of(pitch * (padded + (rows == 1 ? 0 : depth))));
    float[] sums = scratch.floats();
    int s0 = scratch.offset();
    if (rows == 1) {
      int pairs = (weights.count() + 1) / 2;
      share(pairs, pair -> single(x, xOffset, 2 * pair, sums, s0));
    } else {
      int t0 = s0 + pitch * padded;
      transpose(x, xOffset, rows, depth, sums, t0, pitch);
      Product product = new Product();
      product.x = sums;
      product.taps = tapOffsets.of(pitch);
      product.tapCount = depth;
      product.weights = weights.values;
      product.y = sums;
      product.yBlock = pitch * Product.BLOCK;
      product.startFromZero();
      share(
          weights.count(),
          panel -> several(product, panel, t0, s0 + 2 * panel * product.yBlock, pitch));
    }
    finish(sums, s0, pitch, y, yOffset, rows, epilogue);
  }

  /** Does the pieces, on several threads if there is enough to do. */
  private void share(int pieces, IntConsumer piece) {
    if ((long) weights.depth * weights.outputChannels < WORTH_SHARING) {
      for (int i = 0; i < pieces; i++) {
        piece.accept(i);
      }
    } else {
      ComputePool.get().run(pieces, (part, worker) -> piece.accept(part));
    }
  }

  /** Two panels of one row. */
  private void single(float[] x, int xOffset, int panel, float[] sums, int s0) {
    int to = s0 + panel * Product.PANEL;
    if (panel + 1 < weights.count() && weights.width(panel + 1) == Product.PANEL) {
      RowTimesPanels.two(
          x,
          xOffset,
          weights.depth,
          weights.values,
          weights.offset(panel),
          weights.offset(panel + 1),
          sums,
          to);
      return;
    }
    for (int p = panel; p < Math.min(panel + 2, weights.count()); p++) {
      RowTimesPanels.one(
          x,
          xOffset,
          weights.depth,
          weights.values,
          weights.offset(p),
          weights.width(p),
          sums,
          s0 + p * Product.PANEL);
    }
  }

  private void several(Product product, int panel, int x0, int y0, int rows) {
    int r = 0;
    if (Lanes.WIDE && weights.width(panel) == Product.PANEL) {
      for (; r + 14 <= rows; r += 14) {
        PlanarTile14x2.accumulate(product, x0 + r, weights.offset(panel), y0 + r * Product.BLOCK);
      }
    }
    NarrowTile.accumulate(
        product,
        weights.width(panel),
        1,
        1,
        x0 + r,
        weights.offset(panel),
        y0 + r * Product.BLOCK,
        rows - r);
  }

  /** To {@code [k][row]}, 16 features at a time so that the lines written stay in the cache. */
  private static void transpose(
      float[] x, int from, int rows, int depth, float[] t, int to, int pitch) {
    for (int first = 0; first < depth; first += ChannelBlocks.SIZE) {
      int end = Math.min(first + ChannelBlocks.SIZE, depth);
      for (int r = 0; r < rows; r++) {
        int row = from + r * depth;
        for (int k = first; k < end; k++) {
          t[to + k * pitch + r] = x[row + k];
        }
      }
    }
  }

  /** Sums in blocks, {@code [block][row][16]}, to finished rows. */
  private void finish(
      float[] sums, int s0, int pitch, float[] y, int yOffset, int rows, Epilogue epilogue) {
    int channels = weights.outputChannels;
    for (int r = 0; r < rows; r++) {
      int e0 = epilogue.row(r);
      for (int c = 0; c < channels; c += ChannelBlocks.SIZE) {
        int from = s0 + c * pitch + r * ChannelBlocks.SIZE;
        for (int lane = 0; lane < ChannelBlocks.SIZE; lane += Lanes.COUNT) {
          EpilogueLoops.affine(epilogue, e0 + c + lane, sums, from + lane, sums, from + lane, 1);
        }
        System.arraycopy(sums, from, y, yOffset + r * channels + c, Math.min(16, channels - c));
      }
    }
    epilogue.activation.applyUnlessClamp(y, yOffset, rows * channels);
  }
}
