package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.compute.tile.PanelProduct;
import io.norma.kernel.compute.tile.TileProduct;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** One call of a {@link WinogradConvolution}: its operands, and memory for tiles on their way. */
public final class WinogradRun {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int BLOCK = PanelProduct.BLOCK;
  private static final int POSITIONS = WinogradConvolution.POSITIONS;

  /** Outputs of a tile along each axis, and the inputs that it sees. */
  private static final int OUTPUTS = 4;

  private static final int INPUTS = 6;

  private final WinogradConvolution convolution;
  private final float[] x;
  private final int xOffset;
  private final float[] y;
  private final int yOffset;
  private final PlaneGeometry geometry;
  private final Epilogue epilogue;

  private final int tilesAcross;
  private final int tilesOfMap;
  private final int tiles;

  /** Tiles that are transformed and multiplied together. */
  private final int group;

  private final int blocks;

  /** Blocks of input channels that are multiplied at a time. */
  private final int blocksAtATime;

  /** Whether each thread has groups of its own, for which it does everything. */
  private final boolean apart;

  private final int vPosition;
  private final Worker[] workers;

  /** By row of the batch, whether all sums were finite. */
  private final boolean[] finite;

  private WinogradRun(
      WinogradConvolution convolution,
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int rows,
      PlaneGeometry geometry,
      Epilogue epilogue,
      Memory memory) {
    this.convolution = convolution;
    this.x = x;
    this.xOffset = xOffset;
    this.y = y;
    this.yOffset = yOffset;
    this.geometry = geometry;
    this.epilogue = epilogue;
    finite = new boolean[rows];
    Arrays.fill(finite, true);
    tilesAcross = Math.ceilDiv(geometry.outputWidth(), OUTPUTS);
    tilesOfMap = tilesAcross * Math.ceilDiv(geometry.outputHeight(), OUTPUTS);
    tiles = rows * tilesOfMap;
    blocks = convolution.filters().inputBlocks();
    blocksAtATime = ConvolutionChoice.winogradBlocks(convolution.filters());
    ComputePool pool = ComputePool.get();
    group = ConvolutionChoice.winogradGroup(convolution.filters(), tiles, pool.threads());
    apart = pool.threads() > 1 && Math.ceilDiv(tiles, group) >= pool.threads();
    // One block of padding: without it, positions would fall into the same cache sets.
    vPosition = blocks * group * BLOCK + BLOCK;
    workers = new Worker[pool.threads()];
    Tensor v = memory.scratch(POSITIONS * vPosition);
    for (int i = 0; i < workers.length; i++) {
      boolean own = apart && i > 0;
      workers[i] = new Worker(own ? memory.scratch(POSITIONS * vPosition) : v, memory);
    }
  }

  /**
   * Computes y; tells, by row of the batch, whether its sums were finite, or else are not right.
   *
   * @param rows at least one
   */
  static boolean[] convolve(
      WinogradConvolution convolution,
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int rows,
      PlaneGeometry geometry,
      Epilogue epilogue,
      Memory memory) {
    WinogradRun run =
        new WinogradRun(convolution, x, xOffset, y, yOffset, rows, geometry, epilogue, memory);
    run.allTiles();
    return run.finite;
  }

  private void allTiles() {
    ComputePool pool = ComputePool.get();
    int panels = convolution.weights.count();
    if (apart) {
      pool.run(Math.ceilDiv(tiles, group), (part, worker) -> group(part * group, workers[worker]));
      return;
    }
    for (int from = 0; from < tiles; from += group) {
      int first = from;
      int count = Math.min(group, tiles - from);
      pool.run(blocks, (block, worker) -> transformInput(block, first, count, workers[worker]));
      pool.run(panels, (panel, worker) -> panel(panel, first, count, workers[worker]));
    }
  }

  /** A group of tiles from their input to their output. */
  private void group(int first, Worker worker) {
    int count = Math.min(group, tiles - first);
    for (int block = 0; block < blocks; block++) {
      transformInput(block, first, count, worker);
    }
    for (int panel = 0; panel < convolution.weights.count(); panel++) {
      panel(panel, first, count, worker);
    }
  }

  private void panel(int panel, int first, int count, Worker worker) {
    multiply(panel, count, worker);
    transformOutput(panel, first, count, worker);
  }

  private void transformInput(int block, int first, int count, Worker worker) {
    int width = geometry.inputWidth();
    for (int t = 0; t < count; t++) {
      int tile = (first + t) % tilesOfMap;
      int map = (first + t) / tilesOfMap * blocks + block;
      int top = tile / tilesAcross * OUTPUTS - geometry.padTop();
      int left = tile % tilesAcross * OUTPUTS - geometry.padLeft();
      int from = xOffset + (map * geometry.inputPixels() + top * width + left) * BLOCK;
      int rowStep = width * BLOCK;
      float[] source = x;
      boolean inside =
          top >= 0 && left >= 0 && top + INPUTS <= geometry.inputHeight() && left + INPUTS <= width;
      if (!inside) {
        gather(map, top, left, worker);
        source = worker.floats;
        from = worker.tile;
        rowStep = INPUTS * BLOCK;
      }
      int to = worker.v.offset() + (block * group + t) * BLOCK;
      for (int lane = 0; lane < BLOCK; lane += SPECIES.length()) {
        WinogradTransforms.input(
            source,
            from + lane,
            rowStep,
            worker.v.floats(),
            to + lane,
            vPosition,
            worker.floats,
            worker.scratch);
      }
    }
  }

  /** Copies a tile that reaches over the border, with its padding. */
  private void gather(int map, int top, int left, Worker worker) {
    int width = geometry.inputWidth();
    int begin = Math.clamp(-left, 0, INPUTS);
    int end = Math.clamp(width - left, begin, INPUTS);
    for (int i = 0; i < INPUTS; i++) {
      int to = worker.tile + i * INPUTS * BLOCK;
      int row = top + i;
      Arrays.fill(worker.floats, to, to + INPUTS * BLOCK, 0);
      if (row >= 0 && row < geometry.inputHeight() && begin < end) {
        System.arraycopy(
            x,
            xOffset + (map * geometry.inputPixels() + row * width + left + begin) * BLOCK,
            worker.floats,
            to + begin * BLOCK,
            (end - begin) * BLOCK);
      }
    }
  }

  private void multiply(int panel, int count, Worker worker) {
    PanelProduct product = worker.product;
    int width = convolution.weights.width(panel);
    product.startFromZero();
    for (int block = 0; block < blocks; block += blocksAtATime) {
      int depth = Math.min(blocksAtATime, blocks - block);
      int w0 = worker.weights;
      if (convolution.isTransformedAhead()) {
        w0 = convolution.transformedOffset(panel);
      } else {
        product.keep(convolution.touch(panel, block, depth));
        convolution.transform(panel, block, depth, worker.floats, w0);
      }
      product.useTaps(depth);
      for (int position = 0; position < POSITIONS; position++) {
        TileProduct.accumulate(
            product,
            width,
            worker.v.offset() + position * vPosition + block * group * BLOCK,
            w0 + position * WinogradConvolution.transformedPosition(depth, width),
            worker.sums + position * worker.sumsPosition,
            count);
      }
      product.startFromOutput();
    }
  }

  private void transformOutput(int panel, int first, int count, Worker worker) {
    int height = geometry.outputHeight();
    int width = geometry.outputWidth();
    int panelWidth = convolution.weights.width(panel);
    int outputBlocks = ChannelBlocks.count(convolution.outputChannels());
    for (int b = 0; b < panelWidth / BLOCK; b++) {
      int block = convolution.weights.block(panel) + b;
      int last = first / tilesOfMap;
      for (int t = 0; t < count; t++) {
        int tile = (first + t) % tilesOfMap;
        int row = (first + t) / tilesOfMap;
        if (row != last) {
          noteFinite(last, worker);
          last = row;
        }
        int top = tile / tilesAcross * OUTPUTS;
        int left = tile % tilesAcross * OUTPUTS;
        int from = worker.sums + (b * group + t) * BLOCK;
        for (int lane = 0; lane < BLOCK; lane += SPECIES.length()) {
          WinogradTransforms.output(
              worker.floats, from + lane, worker.sumsPosition, worker.floats, worker.scratch);
          int pixel = ((row * outputBlocks + block) * height + top) * width + left;
          store(
              worker,
              epilogue.row(row) + block * BLOCK + lane,
              yOffset + pixel * BLOCK + lane,
              worker.differences + lane,
              Math.min(OUTPUTS, height - top),
              Math.min(OUTPUTS, width - left));
        }
        finish(row, block, top, left);
      }
      noteFinite(last, worker);
    }
  }

  /**
   * Notes whether the sums of a row of the batch that were stored since the last time are finite.
   */
  private void noteFinite(int row, Worker worker) {
    if (!Lanes.areFinite(worker.floats, worker.differences, BLOCK)) {
      finite[row] = false;
    }
    Arrays.fill(worker.floats, worker.differences, worker.differences + BLOCK, 0);
  }

  /**
   * Scale, shift, residual and clamp of one tile's sums, into y.
   *
   * @param d0 where each sum minus itself is added up: zeros, and NaN for a sum that is not finite
   */
  private void store(Worker worker, int e0, int y0, int d0, int rows, int columns) {
    FloatVector scale = FloatVector.fromArray(SPECIES, epilogue.vectors, e0);
    FloatVector shift = FloatVector.fromArray(SPECIES, epilogue.vectors, e0 + epilogue.shiftDelta);
    FloatVector low = FloatVector.fromArray(SPECIES, epilogue.bounds, 0);
    FloatVector high = FloatVector.fromArray(SPECIES, epilogue.bounds, BLOCK);
    float[] residual = epilogue.residual;
    int delta = epilogue.residualOffset - yOffset;
    int sums = worker.scratch + WinogradTransforms.SUMS;
    FloatVector differences = FloatVector.fromArray(SPECIES, worker.floats, d0);
    for (int i = 0; i < rows; i++) {
      int to = y0 + i * geometry.outputWidth() * BLOCK;
      int from = sums + i * OUTPUTS * BLOCK;
      for (int j = 0; j < columns * BLOCK; j += BLOCK) {
        FloatVector product = FloatVector.fromArray(SPECIES, worker.floats, from + j);
        differences = differences.add(product.sub(product));
        FloatVector sum = product.fma(scale, shift);
        if (residual != null) {
          sum = sum.add(FloatVector.fromArray(SPECIES, residual, to + delta + j));
        }
        sum = sum.blend(low, sum.lt(low));
        sum.blend(high, high.lt(sum)).intoArray(y, to + j);
      }
    }
    differences.intoArray(worker.floats, d0);
  }

  private void finish(int row, int block, int top, int left) {
    if (epilogue.activation.isClamp()) {
      return;
    }
    int height = geometry.outputHeight();
    int width = geometry.outputWidth();
    int outputBlocks = ChannelBlocks.count(convolution.outputChannels());
    for (int i = top; i < Math.min(top + OUTPUTS, height); i++) {
      int pixel = ((row * outputBlocks + block) * height + i) * width + left;
      epilogue.activation.applyUnlessClamp(
          y, yOffset + pixel * BLOCK, Math.min(OUTPUTS, width - left) * BLOCK);
    }
  }

  /** One thread's memory. */
  private final class Worker {
    /** Transformed input: {@code [36][block][tile][16]}; all threads' together, or its own. */
    private final Tensor v;

    private final PanelProduct product;
    private final float[] floats;
    private final int scratch;

    /** A tile copied with its padding. */
    private final int tile;

    /** Transformed weights: {@code [36][channel][channel of the panel]}. */
    private final int weights;

    /** Products of one panel: {@code [36][block][tile][16]}. */
    private final int sums;

    private final int sumsPosition;

    /** Sums minus themselves: whether all were finite. */
    private final int differences;

    Worker(Tensor v, Memory memory) {
      this.v = v;
      int chunk =
          convolution.isTransformedAhead()
              ? 0
              : POSITIONS
                  * WinogradConvolution.transformedPosition(blocksAtATime, PanelProduct.PANEL);
      sumsPosition = 2 * group * BLOCK + BLOCK;
      int tileLength = INPUTS * INPUTS * BLOCK;
      Tensor own =
          memory.scratch(
              WinogradTransforms.SCRATCH + tileLength + chunk + POSITIONS * sumsPosition + BLOCK);
      floats = own.floats();
      scratch = own.offset();
      tile = scratch + WinogradTransforms.SCRATCH;
      weights = tile + tileLength;
      sums = weights + chunk;
      differences = sums + POSITIONS * sumsPosition;
      Arrays.fill(floats, differences, differences + BLOCK, 0);
      int[] taps = new int[blocksAtATime];
      for (int b = 0; b < blocksAtATime; b++) {
        taps[b] = b * group * BLOCK;
      }
      float[] transformed =
          convolution.isTransformedAhead() ? convolution.transformedWeights() : floats;
      product = new PanelProduct(v.floats(), taps, transformed, floats, group * BLOCK);
    }
  }
}
