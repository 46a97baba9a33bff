package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.matrix.PanelWeights;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.compute.tile.EpilogueLoops;
import io.norma.kernel.compute.tile.LineTile14x2;
import io.norma.kernel.compute.tile.PanelProduct;
import io.norma.kernel.compute.tile.TileProduct;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;

/**
 * One call of a 3×3 convolution of stride 1 on a small map by {@link LineTransforms}: half the
 * multiplications of the definition, for each row of the window. Weights are transformed while they
 * pass through registers, so that no copy of them is written or read; where the tile for that does
 * not fit, those of one position and a few blocks at a time are copied.
 */
public final class LineWinograd {
  private static final int BLOCK = PanelProduct.BLOCK;
  private static final int POSITIONS = LineTransforms.POSITIONS;
  private static final int TAPS = 3;
  private static final int BLOCKS_AT_A_TIME = ConvolutionChoice.LINE_BLOCKS;
  private static final int ROWS = ConvolutionChoice.LINE_ROWS;

  private final PanelWeights weights;
  private final int blocks;
  private final float[] x;
  private final int xOffset;
  private final float[] y;
  private final int yOffset;
  private final PlaneGeometry geometry;
  private final Epilogue epilogue;
  private final int tilesAcross;
  private final int tiles;

  /** Transformed input: {@code [row][position][block][map row][tile][16]}. */
  private final Tensor v;

  private final int vBlock;
  private final int vPosition;
  private final int sumsPosition;
  private final PanelProduct[] products;
  private final int[] scratch;
  private final int[] sums;

  private LineWinograd(
      PanelWeights weights,
      int blocks,
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int rows,
      PlaneGeometry geometry,
      Epilogue epilogue,
      Memory memory) {
    this.weights = weights;
    this.blocks = blocks;
    this.x = x;
    this.xOffset = xOffset;
    this.y = y;
    this.yOffset = yOffset;
    this.geometry = geometry;
    this.epilogue = epilogue;
    tilesAcross = Math.ceilDiv(geometry.outputWidth(), LineTransforms.OUTPUTS);
    tiles = geometry.outputHeight() * tilesAcross;
    vBlock = (geometry.outputHeight() + TAPS - 1) * tilesAcross * BLOCK;
    vPosition = blocks * vBlock;
    sumsPosition = tiles * PanelProduct.PANEL;
    int together = Math.min(rows, ROWS);
    v = memory.scratch(together * POSITIONS * vPosition);
    int[] taps = new int[blocks * TAPS];
    for (int t = 0; t < taps.length; t++) {
      taps[t] = t / TAPS * vBlock + t % TAPS * tilesAcross * BLOCK;
    }
    int threads = ComputePool.get().threads();
    products = new PanelProduct[threads];
    scratch = new int[threads];
    sums = new int[threads];
    int own = Math.max(inputWidth() * BLOCK, BLOCKS_AT_A_TIME * TAPS * BLOCK * PanelProduct.PANEL);
    for (int worker = 0; worker < threads; worker++) {
      Tensor memoryOfWorker = memory.scratch(own + together * POSITIONS * sumsPosition);
      scratch[worker] = memoryOfWorker.offset();
      sums[worker] = memoryOfWorker.offset() + own;
      products[worker] =
          new PanelProduct(
              v.floats(), taps, weights.values, memoryOfWorker.floats(), tiles * BLOCK);
    }
  }

  private int inputWidth() {
    return (tilesAcross - 1) * LineTransforms.OUTPUTS + LineTransforms.INPUTS;
  }

  /**
   * Computes y; tells, by row of the batch, whether its sums were finite, or else are not right.
   *
   * @param weights as they are packed for {@link DirectConvolution}
   */
  static boolean[] convolve(
      PanelWeights weights,
      FilterShape filters,
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int rows,
      PlaneGeometry geometry,
      Epilogue epilogue,
      Memory memory) {
    return new LineWinograd(
            weights,
            filters.inputBlocks(),
            x,
            xOffset,
            y,
            yOffset,
            rows,
            geometry,
            epilogue,
            memory)
        .allRows(rows);
  }

  private boolean[] allRows(int rows) {
    boolean[] finite = new boolean[rows];
    Arrays.fill(finite, true);
    ComputePool pool = ComputePool.get();
    for (int from = 0; from < rows; from += ROWS) {
      int first = from;
      int count = Math.min(ROWS, rows - from);
      pool.run(
          count * blocks,
          (part, worker) -> transformInput(first, part / blocks, part % blocks, worker));
      pool.run(
          weights.count(),
          (panel, worker) -> {
            multiply(panel, count, worker);
            for (int row = 0; row < count; row++) {
              if (!transformOutput(panel, first + row, row, worker)) {
                finite[first + row] = false;
              }
            }
          });
    }
    return finite;
  }

  private void transformInput(int first, int row, int block, int worker) {
    float[] line = products[worker].y;
    int width = geometry.inputWidth();
    int left = geometry.padLeft();
    int inside = Math.min(width, inputWidth() - left);
    int map = xOffset + ((first + row) * blocks + block) * geometry.inputPixels() * BLOCK;
    int to = v.offset() + row * POSITIONS * vPosition + block * vBlock;
    int at = scratch[worker];
    for (int r = 0; r < geometry.outputHeight() + TAPS - 1; r++) {
      int source = r - geometry.padTop();
      Arrays.fill(line, at, at + inputWidth() * BLOCK, 0);
      if (source >= 0 && source < geometry.inputHeight()) {
        System.arraycopy(x, map + source * width * BLOCK, line, at + left * BLOCK, inside * BLOCK);
      }
      for (int tile = 0; tile < tilesAcross; tile++) {
        for (int lane = 0; lane < BLOCK; lane += Lanes.COUNT) {
          LineTransforms.input(
              line,
              at + tile * LineTransforms.OUTPUTS * BLOCK + lane,
              v.floats(),
              to + lane,
              vPosition);
        }
        to += BLOCK;
      }
    }
  }

  private void multiply(int panel, int rows, int worker) {
    PanelProduct product = products[worker];
    int width = weights.width(panel);
    ConvolutionTile tile =
        ConvolutionChoice.here()
            .tile(ConvolutionKernel.LINE_WINOGRAD, width, geometry, epilogue.residual != null);
    product.startFromZero();
    for (int block = 0; block < blocks; block += BLOCKS_AT_A_TIME) {
      int depth = Math.min(BLOCKS_AT_A_TIME, blocks - block);
      product.useTaps(depth * TAPS);
      int w0 = weights.offset(panel) + block * TAPS * TAPS * BLOCK * width;
      for (int position = 0; position < POSITIONS; position++) {
        int x0 = v.offset() + position * vPosition + block * vBlock;
        int y0 = sums[worker] + position * sumsPosition;
        if (tile == ConvolutionTile.FOURTEEN_BY_TWO) {
          inRegisters(product, position, x0, w0, y0, rows);
        } else {
          inMemory(product, position, x0, w0, y0, rows, width, scratch[worker]);
        }
      }
      product.startFromOutput();
    }
  }

  private void inRegisters(PanelProduct product, int position, int x0, int w0, int y0, int rows) {
    int tap = BLOCK * PanelProduct.PANEL;
    product.useWeights(weights.values);
    for (int row = 0; row < rows; row++) {
      for (int tile = 0; tile < tiles; tile += TileProduct.PIXELS) {
        int from = x0 + row * POSITIONS * vPosition + tile * BLOCK;
        int to = y0 + row * POSITIONS * sumsPosition + tile * BLOCK;
        switch (position) {
          case 0 -> LineTile14x2.plusOne(product, from, w0, to);
          case 1 -> LineTile14x2.minusOne(product, from, w0, to);
          case 2 -> LineTile14x2.plusTwo(product, from, w0, to);
          case 3 -> LineTile14x2.minusTwo(product, from, w0, to);
          case 4 -> LineTile14x2.firstTap(product, from, w0, to);
          default -> LineTile14x2.firstTap(product, from, w0 + 2 * tap, to);
        }
      }
    }
  }

  private void inMemory(
      PanelProduct product, int position, int x0, int w0, int y0, int rows, int width, int u0) {
    int tap = BLOCK * width;
    for (int t = 0; t < product.tapCount(); t++) {
      LineTransforms.weights(
          weights.values, w0 + t * TAPS * tap, tap, position, product.y, u0 + t * tap, tap);
    }
    product.useWeights(product.y);
    for (int row = 0; row < rows; row++) {
      TileProduct.accumulate(
          product,
          width,
          x0 + row * POSITIONS * vPosition,
          u0,
          y0 + row * POSITIONS * sumsPosition,
          tiles);
    }
  }

  private boolean transformOutput(int panel, int row, int index, int worker) {
    PanelProduct product = products[worker];
    int width = geometry.outputWidth();
    int outputBlocks = ChannelBlocks.count(weights.outputChannels);
    boolean finite = true;
    for (int b = 0; b < weights.width(panel) / BLOCK; b++) {
      int block = weights.block(panel) + b;
      int from = sums[worker] + index * POSITIONS * sumsPosition + b * product.yBlock;
      int map = yOffset + (row * outputBlocks + block) * geometry.outputPixels() * BLOCK;
      for (int tile = 0; tile < tiles; tile++) {
        int left = tile % tilesAcross * LineTransforms.OUTPUTS;
        int to = map + (tile / tilesAcross * width + left) * BLOCK;
        for (int lane = 0; lane < BLOCK; lane += Lanes.COUNT) {
          LineTransforms.output(product.y, from + lane, sumsPosition, y, to + lane, width - left);
        }
        from += BLOCK;
      }
      finite &= Lanes.areFinite(y, map, geometry.outputPixels() * BLOCK);
      EpilogueLoops.apply(
          epilogue, epilogue.row(row) + block * BLOCK, y, map, yOffset, geometry.outputPixels());
    }
    return finite;
  }
}
