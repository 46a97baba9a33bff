package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.Simd;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.tile.PanelProduct;
import io.norma.kernel.compute.tile.TileProduct;
import io.norma.kernel.tensor.DataType;

/**
 * Which kernel computes a convolution, by which tile, in pieces of what size: classes of this
 * package ask here and have no thresholds of their own. For maps in blocks the first line that
 * applies, when weights are packed and then for each map:
 *
 * <pre>
 * several groups
 *     one input and one output channel in each
 *         moving by 1 or 2 columns, at least 7 outputs
 *         in a row, no residual, fused                    DEPTHWISE_IN_REGISTERS
 *         else                                            DEPTHWISE
 *     else                                                GROUPED
 * fewer than 8 input channels                             PLANAR
 * 3×3, strides and dilations 1, fused
 *     8×8 outputs or more; 4×4 up to 80×80 channels       WINOGRAD
 *     height · ⌈width/4⌉ is a multiple of 14              LINE_WINOGRAD
 *     else                                                UNFOLDED
 * each output reads the pixel at its own place
 *     the map has one pixel, no residual, fused           SINGLE_PIXELS
 *     else                                                POINTWISE
 * else                                                    UNFOLDED
 * </pre>
 *
 * <p>Layers that do not go in blocks, be it that they have another number of axes, weights that are
 * no constants, or no vectors to run on, go by {@link #onPlanes}. Neither the size of the batch nor
 * the number of threads chooses a kernel: a row has the same bits in any batch, on any number of
 * threads.
 *
 * @param lanes floats in a vector
 * @param fused whether there are fused multiply-adds
 */
public record ConvolutionChoice(int lanes, boolean fused) {
  /**
   * Input channels from which on maps are in blocks. With fewer, blocks are more padding than
   * channels.
   */
  private static final int FEWEST_IN_BLOCKS = ChannelBlocks.SIZE / 2;

  /**
   * Filters (padded C times padded M) up to which Winograd's weights are transformed when they are
   * packed. They are four times as large then, and if there are more, reading them takes longer
   * than transforming them anew in each run.
   */
  private static final int TRANSFORMED_AHEAD = 80 * 80;

  /**
   * Outputs along each axis from which on Winograd pays. A smaller map has too few tiles to pay for
   * transforming weights in the run; where they are transformed already, a single tile of 4×4 pays.
   */
  private static final int SMALLEST_WINOGRAD = 8;

  private static final int SMALLEST_WINOGRAD_AHEAD = 4;

  /** Floats of Winograd's transformed input that a group of tiles takes, about: 586 KiB. */
  private static final int WINOGRAD_GROUP = 150_000;

  /**
   * Groups of Winograd's tiles are whole tiles of the product of 7 pixels, and no less than two.
   */
  private static final int WINOGRAD_TILES = 7;

  /**
   * Blocks of input channels whose Winograd weights are transformed at a time: those of a panel,
   * 290 KiB, stay in the second-level cache.
   */
  private static final int WINOGRAD_BLOCKS = 4;

  /** Blocks of input channels whose weights stay in the cache for all 6 positions of a line. */
  static final int LINE_BLOCKS = 8;

  /** Rows of the batch that share weights of a line while these are in the cache. */
  static final int LINE_ROWS = 8;

  /** Floats of unfolded input in a slab: half of a second-level cache of 1 MiB. */
  private static final int SLAB = 1 << 17;

  /** Floats of input in a slab that stay in the cache for all panels: 256 KiB. */
  private static final int SLAB_CACHED = 1 << 16;

  /** Tiles of a slab at most: they share the weights of a panel while these are in the cache. */
  private static final int SLAB_TILES = 8;

  /** Parts for each thread from which on it does not matter that some get one more. */
  private static final int MANY_PARTS = 8;

  /** Floats of a batch's maps beyond which they are not expected to be in the cache. */
  private static final int CACHED = 1 << 20;

  /** Output rows that planes compute from one copy of the input rows that they see. */
  static final int PLANAR_STRIPE = 8;

  /** Floats that a depthwise stripe copies: half of a first-level cache of 48 KiB. */
  static final int DEPTHWISE_STRIPE = 6 << 10;

  /**
   * Floats of one block that a grouped stripe copies: in the cache while all taps pass over them.
   */
  static final int GROUPED_STRIPE = 1 << 14;

  /** Elements that planes unfold at a time: a quarter of a second-level cache of 1 MiB. */
  private static final int PLANES_UNFOLDED = 1 << 16;

  /** Elements of products that a transposed convolution scatters at a time: half of that cache. */
  private static final int PLANES_SCATTERED = 1 << 17;

  /** For the machine at hand. */
  public static ConvolutionChoice here() {
    return Here.CHOICE;
  }

  /** Whether tiles of 14 pixels fit the registers, as {@link Lanes#WIDE} says of this machine. */
  private boolean isWide() {
    return fused && lanes == ChannelBlocks.SIZE;
  }

  /** How to pack weights. */
  public WeightPacking packing(FilterShape filters) {
    int groups = filters.groups();
    if (groups > 1) {
      boolean single = groups >= filters.inputChannels() && groups >= filters.outputChannels();
      return single ? WeightPacking.DEPTHWISE : WeightPacking.GROUPED;
    }
    if (filters.inputChannels() < FEWEST_IN_BLOCKS) {
      return WeightPacking.PLANAR;
    }
    boolean transforms =
        filters.dense() && filters.kernelHeight() == 3 && filters.kernelWidth() == 3 && fused;
    return transforms ? WeightPacking.WINOGRAD : WeightPacking.DIRECT;
  }

  /**
   * Which kernel computes a map.
   *
   * @param addsResidual whether anything is added to the sums before the activation
   */
  public ConvolutionKernel kernel(
      FilterShape filters, PlaneGeometry geometry, boolean addsResidual) {
    return switch (packing(filters)) {
      case GROUPED -> ConvolutionKernel.GROUPED;
      case DEPTHWISE -> depthwise(geometry, addsResidual);
      case PLANAR -> ConvolutionKernel.PLANAR;
      case WINOGRAD -> winograd(filters, geometry, addsResidual);
      case DIRECT -> direct(geometry, addsResidual);
    };
  }

  private ConvolutionKernel depthwise(PlaneGeometry geometry, boolean addsResidual) {
    boolean inRegisters =
        fused
            && geometry.strideWidth() <= 2
            && geometry.outputWidth() >= DepthwiseRowStride1.OUTPUTS
            && !addsResidual;
    return inRegisters ? ConvolutionKernel.DEPTHWISE_IN_REGISTERS : ConvolutionKernel.DEPTHWISE;
  }

  /**
   * Whether the weights of a depthwise window stay in registers beside seven outputs: nine of them
   * do where there are 32.
   */
  static boolean holdsWeights(PlaneGeometry geometry) {
    return Lanes.REGISTERS >= 32
        && geometry.kernelHeight() == 3
        && geometry.kernelWidth() == 3
        && geometry.dilationHeight() == 1
        && geometry.dilationWidth() == 1;
  }

  private ConvolutionKernel winograd(
      FilterShape filters, PlaneGeometry geometry, boolean addsResidual) {
    int smallest = transformsAhead(filters) ? SMALLEST_WINOGRAD_AHEAD : SMALLEST_WINOGRAD;
    if (Math.min(geometry.outputHeight(), geometry.outputWidth()) >= smallest) {
      return ConvolutionKernel.WINOGRAD;
    }
    int lines = Math.ceilDiv(geometry.outputWidth(), LineTransforms.OUTPUTS);
    if (geometry.outputHeight() * lines % TileProduct.PIXELS == 0) {
      return ConvolutionKernel.LINE_WINOGRAD;
    }
    return direct(geometry, addsResidual);
  }

  /** Which kernel computes a map by weights that are packed for {@link DirectConvolution}. */
  ConvolutionKernel direct(PlaneGeometry geometry, boolean addsResidual) {
    if (!geometry.isPointwise()) {
      return ConvolutionKernel.UNFOLDED;
    }
    boolean single = geometry.outputPixels() == 1 && !addsResidual && fused;
    return single ? ConvolutionKernel.SINGLE_PIXELS : ConvolutionKernel.POINTWISE;
  }

  /**
   * Which kernel computes a layer that reads and writes planes.
   *
   * @param inputsPerGroup C/G
   * @param identity whether each output reads the position at its place and no other
   */
  public static PlanesKernel onPlanes(DataType dataType, int inputsPerGroup, boolean identity) {
    if (dataType == DataType.FP64) {
      return PlanesKernel.DEFINITION;
    }
    if (inputsPerGroup == 1) {
      return PlanesKernel.DEPTHWISE;
    }
    return identity ? PlanesKernel.POINTWISE : PlanesKernel.UNFOLDED;
  }

  /**
   * The tile of a panel of weights.
   *
   * @param panel channels in the panel: 16 or 32
   */
  public ConvolutionTile tile(
      ConvolutionKernel kernel, int panel, PlaneGeometry geometry, boolean addsResidual) {
    boolean two = panel == PanelProduct.PANEL;
    boolean fourteen =
        isWide()
            && switch (kernel) {
              // Such a tile may compute its first pixels once more, and so needs a row of 14; that
              // of two vectors finishes its sums before it stores them.
              case PLANAR -> geometry.outputWidth() >= TileProduct.PIXELS && !(two && addsResidual);
              // A tile that reaches over the end costs less than the pixels left over from one.
              case GROUPED -> true;
              // The tile makes Winograd's weights in registers; with one vector of them in memory.
              case LINE_WINOGRAD -> two;
              default -> false;
            };
    if (!fourteen) {
      return ConvolutionTile.ANY;
    }
    return two ? ConvolutionTile.FOURTEEN_BY_TWO : ConvolutionTile.FOURTEEN_BY_ONE;
  }

  /**
   * Whether 32 output channels of a grouped convolution are one panel, and not two of 16: a wide
   * one is faster where both its halves read the same blocks, and tiles are as wide.
   */
  boolean joinsPanels(int blocksOfFirst, int blocksOfBoth) {
    boolean single = fused && 2 * lanes == ChannelBlocks.SIZE;
    return blocksOfBoth == blocksOfFirst && !single;
  }

  /** Whether Winograd's weights are transformed when they are packed. */
  static boolean transformsAhead(FilterShape filters) {
    int padded = ChannelBlocks.padded(filters.inputChannels());
    return padded * ChannelBlocks.padded(filters.outputChannels()) <= TRANSFORMED_AHEAD;
  }

  /** Blocks of input channels that Winograd multiplies at a time. */
  static int winogradBlocks(FilterShape filters) {
    int blocks = filters.inputBlocks();
    return transformsAhead(filters) ? blocks : Math.min(WINOGRAD_BLOCKS, blocks);
  }

  /**
   * Winograd's tiles, of so many, that are transformed and multiplied together. A group for each
   * thread, where there are enough tiles, spares the threads to meet.
   */
  static int winogradGroup(FilterShape filters, int tiles, int threads) {
    int tile = WinogradConvolution.POSITIONS * PanelProduct.BLOCK * filters.inputBlocks();
    int affordable = Math.max(2 * WINOGRAD_TILES, WINOGRAD_GROUP / tile);
    int groups = Math.ceilDiv(tiles, affordable);
    if (threads > 1 && tiles >= threads * 2 * WINOGRAD_TILES) {
      return Math.ceilDiv(tiles, Math.ceilDiv(groups, threads) * threads);
    }
    if (groups == 1) {
      return tiles;
    }
    return Math.ceilDiv(Math.ceilDiv(tiles, groups), WINOGRAD_TILES) * WINOGRAD_TILES;
  }

  /**
   * Pixels of a slab, the last of a map perhaps fewer: whole tiles of 14, or the map.
   *
   * @param taps of blocks of channels
   */
  static int slab(int taps, int pixels) {
    int tile = taps * PanelProduct.BLOCK * TileProduct.PIXELS;
    return Math.min(pixels, Math.clamp(SLAB / tile, 1, SLAB_TILES) * TileProduct.PIXELS);
  }

  /**
   * Whether a few taps pass over all panels before the next ones do: where the input of a slab is
   * too much to stay in the second-level cache for every panel, and its sums are no more.
   *
   * @param together taps that pass over all pixels at a time
   */
  static boolean passesTapsOverPanels(int taps, int together, int panels, int pixels) {
    return together < taps
        && panels <= taps
        && (long) taps * pixels * PanelProduct.BLOCK > SLAB_CACHED;
  }

  /**
   * Parts that the panels of a slab are cut into, so that each thread gets two of all parts, and
   * all as many where there are few.
   *
   * @param unfolds whether each part unfolds its slab anew, so that more of them cost more
   */
  static int panelShares(int threads, int slabs, int panels, boolean unfolds) {
    if (threads == 1) {
      return 1;
    }
    int fewest = Math.clamp(2 * threads / slabs, 1, panels);
    if (!unfolds) {
      for (int shares = fewest; shares <= Math.min(panels, threads * fewest); shares++) {
        int parts = slabs * shares;
        if (parts % threads == 0 || parts >= MANY_PARTS * threads) {
          return shares;
        }
      }
    }
    return fewest;
  }

  /** Whether maps have to come from memory: then they are read before they are multiplied. */
  static boolean isBeyondCache(int floats) {
    return floats > CACHED;
  }

  /**
   * Positions that planes unfold at a time.
   *
   * @param depth elements that each of them sees
   */
  public static int unfoldedPositions(int depth, int positions) {
    return Math.clamp(PLANES_UNFOLDED / depth, 1, Math.max(1, positions));
  }

  /**
   * Positions whose products a transposed convolution scatters at a time.
   *
   * @param products of each of them
   */
  public static int scatteredPositions(int products, int positions) {
    return Math.clamp(PLANES_SCATTERED / Math.max(1, products), 1, Math.max(1, positions));
  }

  /** Apart, for layers on planes run where there is no module of vectors. */
  private static final class Here {
    private static final ConvolutionChoice CHOICE =
        new ConvolutionChoice(Lanes.COUNT, Simd.isFused());
  }
}
