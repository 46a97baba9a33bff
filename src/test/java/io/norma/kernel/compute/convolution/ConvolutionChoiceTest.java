package io.norma.kernel.compute.convolution;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.tile.PanelProduct;
import io.norma.kernel.tensor.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Which kernel computes the layers of known networks. A layer that moves to another line is
 * computed in another order, so its results have other bits: that needs a reason and a measurement.
 */
final class ConvolutionChoiceTest {
  private static final ConvolutionChoice LONG_VECTORS = new ConvolutionChoice(16, true);
  private static final ConvolutionChoice SHORT_VECTORS = new ConvolutionChoice(8, true);
  private static final ConvolutionChoice UNFUSED = new ConvolutionChoice(16, false);

  /**
   * Layer | C, M, kernel, stride, dilation, groups, map | kernel | tile on 512 bits | kernel
   * without fused multiply-adds.
   */
  private static final String LAYERS =
      """
      ResNet stem              | 3 64 7 2 1 1 224     | PLANAR                 | 14x2 | PLANAR
      MobileNetV2 stem         | 3 32 3 2 1 1 224     | PLANAR                 | 14x2 | PLANAR
      ResNet-20 stem           | 3 16 3 1 1 1 32      | PLANAR                 | 14x1 | PLANAR
      LeNet, first 5x5         | 1 6 5 1 1 1 28       | PLANAR                 | 14x1 | PLANAR
      ResNet 3x3 at 56         | 64 64 3 1 1 1 56     | WINOGRAD               | ANY  | UNFOLDED
      ResNet 3x3 at 28         | 128 128 3 1 1 1 28   | WINOGRAD               | ANY  | UNFOLDED
      ResNet 3x3 at 14         | 256 256 3 1 1 1 14   | WINOGRAD               | ANY  | UNFOLDED
      ResNet 3x3 at 7          | 512 512 3 1 1 1 7    | LINE_WINOGRAD          | 14x2 | UNFOLDED
      3x3 at 4, large weights  | 512 512 3 1 1 1 4    | UNFOLDED               | ANY  | UNFOLDED
      ResNet-20 3x3 at 32      | 16 16 3 1 1 1 32     | WINOGRAD               | ANY  | UNFOLDED
      ResNet-20 3x3 at 8       | 64 64 3 1 1 1 8      | WINOGRAD               | ANY  | UNFOLDED
      3x3 at 4, small weights  | 64 64 3 1 1 1 4      | WINOGRAD               | ANY  | UNFOLDED
      3x3 at 2                 | 64 64 3 1 1 1 2      | UNFOLDED               | ANY  | UNFOLDED
      ResNet 3x3, stride 2     | 64 128 3 2 1 1 56    | UNFOLDED               | ANY  | UNFOLDED
      3x3, dilation 2          | 64 64 3 1 2 1 28     | UNFOLDED               | ANY  | UNFOLDED
      5x5                      | 32 32 5 1 1 1 28     | UNFOLDED               | ANY  | UNFOLDED
      ResNet shortcut, stride 2| 64 128 1 2 1 1 56    | UNFOLDED               | ANY  | UNFOLDED
      ResNet-50 1x1 at 56      | 256 64 1 1 1 1 56    | POINTWISE              | ANY  | POINTWISE
      ResNet-50 1x1 at 7       | 2048 512 1 1 1 1 7   | POINTWISE              | ANY  | POINTWISE
      1x1 behind global pooling| 960 1280 1 1 1 1 1   | SINGLE_PIXELS          | ANY  | POINTWISE
      MobileNetV2 depthwise    | 144 144 3 1 1 144 56 | DEPTHWISE_IN_REGISTERS | ANY  | DEPTHWISE
      the same, stride 2       | 144 144 3 2 1 144 56 | DEPTHWISE_IN_REGISTERS | ANY  | DEPTHWISE
      depthwise 5x5            | 96 96 5 1 1 96 14    | DEPTHWISE_IN_REGISTERS | ANY  | DEPTHWISE
      depthwise, few outputs   | 32 32 3 1 1 32 6     | DEPTHWISE              | ANY  | DEPTHWISE
      ResNeXt, groups of 4     | 128 128 3 1 1 32 56  | GROUPED                | 14x1 | GROUPED
      two groups of one block  | 32 64 3 2 1 2 56     | GROUPED                | 14x2 | GROUPED
      two filters for each     | 8 16 3 2 1 8 28      | GROUPED                | 14x1 | GROUPED
      """;

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', textBlock = LAYERS)
  void choosesByWeightsAndMap(
      String name, String layer, ConvolutionKernel fused, String tile, ConvolutionKernel unfused) {
    Layer l = Layer.of(layer);
    assertThat(LONG_VECTORS.kernel(l.filters, l.geometry, false)).as(name).isEqualTo(fused);
    assertThat(SHORT_VECTORS.kernel(l.filters, l.geometry, false)).isEqualTo(fused);
    assertThat(UNFUSED.kernel(l.filters, l.geometry, false)).isEqualTo(unfused);
    assertThat(LONG_VECTORS.tile(fused, l.firstPanel(), l.geometry, false)).isEqualTo(tile(tile));
    assertThat(SHORT_VECTORS.tile(fused, l.firstPanel(), l.geometry, false))
        .isEqualTo(ConvolutionTile.ANY);
    assertThat(UNFUSED.tile(unfused, l.firstPanel(), l.geometry, false))
        .isEqualTo(ConvolutionTile.ANY);
  }

  private static ConvolutionTile tile(String name) {
    return switch (name) {
      case "14x2" -> ConvolutionTile.FOURTEEN_BY_TWO;
      case "14x1" -> ConvolutionTile.FOURTEEN_BY_ONE;
      default -> ConvolutionTile.ANY;
    };
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', textBlock = LAYERS)
  void choosesTheSameForSumsThatAreAddedToUnlessTheyStayInRegisters(
      String name, String layer, ConvolutionKernel fused, String tile) {
    Layer l = Layer.of(layer);
    assertThat(LONG_VECTORS.kernel(l.filters, l.geometry, true))
        .as(name)
        .isEqualTo(
            switch (fused) {
              case DEPTHWISE_IN_REGISTERS -> ConvolutionKernel.DEPTHWISE;
              case SINGLE_PIXELS -> ConvolutionKernel.POINTWISE;
              default -> fused;
            });
    boolean staysInRegisters = fused == ConvolutionKernel.PLANAR && "14x2".equals(tile);
    assertThat(LONG_VECTORS.tile(fused, l.firstPanel(), l.geometry, true))
        .isEqualTo(staysInRegisters ? ConvolutionTile.ANY : tile(tile));
  }

  @ParameterizedTest
  @CsvSource({
    "FP32, 16, false, UNFOLDED",
    "FP32, 16, true, POINTWISE",
    "FP32, 1, false, DEPTHWISE",
    "FP32, 1, true, DEPTHWISE",
    "FP64, 1, false, DEFINITION",
    "FP64, 16, true, DEFINITION"
  })
  void choosesOnPlanesByTypeAndGroups(
      DataType dataType, int inputsPerGroup, boolean identity, PlanesKernel kernel) {
    assertThat(ConvolutionChoice.onPlanes(dataType, inputsPerGroup, identity)).isEqualTo(kernel);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          64 64 3 1 1 1 56   | true  | 4 | 196 | 49
          16 16 3 1 1 1 32   | true  | 1 | 64  | 64
          80 80 3 1 1 1 28   | true  | 5 | 49  | 49
          81 80 3 1 1 1 28   | false | 4 | 49  | 28
          128 128 3 1 1 1 28 | false | 4 | 49  | 28
          256 256 3 1 1 1 14 | false | 4 | 16  | 16
          256 256 3 1 1 1 14 | false | 4 | 160 | 21
          """)
  void cutsWinogradToWhatStaysInTheCache(
      String layer, boolean ahead, int blocks, int tiles, int group) {
    FilterShape filters = Layer.of(layer).filters;
    assertThat(ConvolutionChoice.transformsAhead(filters)).isEqualTo(ahead);
    assertThat(ConvolutionChoice.winogradBlocks(filters)).isEqualTo(blocks);
    assertThat(ConvolutionChoice.winogradGroup(filters, tiles, 1)).isEqualTo(group);
  }

  /** Channels, tiles, threads | groups, as even as can be. */
  @ParameterizedTest
  @CsvSource({
    "64, 196, 2, 4",
    "64, 196, 8, 8",
    "128, 49, 2, 2",
    "128, 98, 2, 4",
    "256, 16, 2, 1",
    "64, 196, 16, 4"
  })
  void givesThreadsGroupsOfTheirOwnWhereThereAreTiles(
      int channels, int tiles, int threads, int groups) {
    FilterShape filters = new FilterShape(channels, channels, 1, 3, 3, true);
    int group = ConvolutionChoice.winogradGroup(filters, tiles, threads);
    assertThat(Math.ceilDiv(tiles, group)).isEqualTo(groups);
    assertThat(group - tiles / groups).isBetween(0, 1);
  }

  @ParameterizedTest(name = "{0} taps, {1} together, {2} panels, {3} pixels: {4}")
  @CsvSource({
    "128, 16, 32, 49, true",
    "64, 16, 16, 112, true",
    // all taps at once, input that stays in the cache, more sums than input
    "128, 128, 32, 49, false",
    "32, 16, 32, 49, false",
    "64, 16, 256, 112, false"
  })
  void passesTapsOverPanelsWhereTheInputIsTooMuch(
      int taps, int together, int panels, int pixels, boolean passes) {
    assertThat(ConvolutionChoice.passesTapsOverPanels(taps, together, panels, pixels))
        .isEqualTo(passes);
  }

  @ParameterizedTest(name = "{0} taps, {1} pixels: {2}")
  @CsvSource({"36, 3136, 112", "144, 196, 56", "288, 49, 28", "288, 16, 16", "10000, 49, 14"})
  void unfoldsWholeTilesThatStayInTheCache(int taps, int pixels, int slab) {
    assertThat(ConvolutionChoice.slab(taps, pixels)).isEqualTo(slab);
  }

  @ParameterizedTest(name = "{0} threads, {1} slabs, {2} panels: {3}")
  @CsvSource({
    "1, 1, 16, 1",
    "4, 1, 16, 8",
    "4, 1, 2, 2",
    "4, 2, 8, 4",
    "4, 28, 8, 1",
    "2, 3, 8, 1"
  })
  void sharesPanelsWhereThereAreFewerSlabsThanThreadsCanDo(
      int threads, int slabs, int panels, int shares) {
    assertThat(ConvolutionChoice.panelShares(threads, slabs, panels, true)).isEqualTo(shares);
  }

  /** Threads, slabs, panels | shares: of few parts each thread gets as many. */
  @ParameterizedTest
  @CsvSource({
    "1, 7, 8, 1",
    "2, 7, 8, 2",
    "2, 28, 8, 1",
    "4, 7, 32, 4",
    "8, 2, 16, 8",
    "16, 7, 4, 4",
    "3, 1, 2, 2"
  })
  void sharesPointwisePanelsEvenly(int threads, int slabs, int panels, int shares) {
    assertThat(ConvolutionChoice.panelShares(threads, slabs, panels, false)).isEqualTo(shares);
  }

  @Test
  void choosesOfThisMachineWithWhatItHas() {
    ConvolutionChoice here = ConvolutionChoice.here();
    FilterShape filters = Layer.of("64 64 3 1 1 1 56").filters;
    assertThat(here.packing(filters))
        .isEqualTo(here.fused() ? WeightPacking.WINOGRAD : WeightPacking.DIRECT);
  }

  /** Weights, and a map with the pads that keep its extents at stride 1. */
  private record Layer(FilterShape filters, PlaneGeometry geometry) {
    static Layer of(String description) {
      String[] parts = description.split(" ", -1);
      int[] n = new int[parts.length];
      for (int i = 0; i < n.length; i++) {
        n[i] = Integer.parseInt(parts[i]);
      }
      int kernel = n[2];
      int stride = n[3];
      int dilation = n[4];
      int extent = n[6];
      int output = (extent - 1) / stride + 1;
      int pad = kernel / 2 * dilation;
      return new Layer(
          new FilterShape(n[1], n[0], n[5], kernel, kernel, stride == 1 && dilation == 1),
          new PlaneGeometry(
              extent, extent, kernel, kernel, stride, stride, pad, pad, dilation, dilation, output,
              output));
    }

    /** Channels of the first panel of weights. */
    int firstPanel() {
      if (LONG_VECTORS.packing(filters) == WeightPacking.GROUPED) {
        int length = filters.outputChannels() * filters.inputsPerGroup() * filters.positions();
        return GroupPanels.pack(new float[length], 0, filters, LONG_VECTORS)
            .panels
            .getFirst()
            .width();
      }
      return Math.min(ChannelBlocks.padded(filters.outputChannels()), PanelProduct.PANEL);
    }
  }
}
