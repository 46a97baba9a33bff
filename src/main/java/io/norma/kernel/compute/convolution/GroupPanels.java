package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.CacheLines;
import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.tile.PanelProduct;
import java.util.ArrayList;
import java.util.List;

/**
 * Weights of a grouped convolution in panels of 16 or 32 output channels, each with the blocks of
 * input channels that its groups read: {@code [block][position][input channel][channel of the
 * panel]}, zeros where a channel of the block belongs to another group.
 */
public final class GroupPanels {
  final float[] values;
  final List<Panel> panels;

  private final FilterShape filters;

  private GroupPanels(float[] values, List<Panel> panels, FilterShape filters) {
    this.values = values;
    this.panels = panels;
    this.filters = filters;
  }

  /**
   * Packs weights.
   *
   * @param weights (M, C/G, positions) from an offset on
   */
  static GroupPanels pack(
      float[] weights, int offset, FilterShape filters, ConvolutionChoice choice) {
    int outputChannels = filters.outputChannels();
    List<Panel> panels = new ArrayList<>();
    int size = CacheLines.LEAD;
    for (int channel = 0; channel < outputChannels; ) {
      Panel one = panel(filters, channel, PanelProduct.BLOCK, size);
      Panel two = panel(filters, channel, PanelProduct.PANEL, size);
      boolean wide =
          channel + PanelProduct.BLOCK < outputChannels
              && choice.joinsPanels(one.blocks, two.blocks);
      Panel panel = wide ? two : one;
      panels.add(panel);
      int taps = panel.blocks * filters.positions();
      size = Math.addExact(size, taps * PanelProduct.BLOCK * panel.width);
      channel += panel.width;
    }
    GroupPanels packed = new GroupPanels(new float[size], panels, filters);
    for (Panel panel : panels) {
      for (int o = 0; o < Math.min(panel.width, outputChannels - panel.channel); o++) {
        packed.fill(panel, o, weights, offset);
      }
    }
    return packed;
  }

  private void fill(Panel panel, int o, float[] weights, int offset) {
    int output = panel.channel + o;
    int positions = filters.positions();
    int inputsPerGroup = filters.inputsPerGroup();
    for (int i = 0; i < inputsPerGroup; i++) {
      int input = filters.firstInput(output) + i - panel.firstBlock * PanelProduct.BLOCK;
      for (int t = 0; t < positions; t++) {
        int tap = input / PanelProduct.BLOCK * positions + t;
        int row = tap * PanelProduct.BLOCK + input % PanelProduct.BLOCK;
        values[panel.offset + row * panel.width + o] =
            weights[offset + (output * inputsPerGroup + i) * positions + t];
      }
    }
  }

  private static Panel panel(FilterShape filters, int channel, int width, int offset) {
    int first = filters.firstInput(channel);
    int last = Math.min(channel + width, filters.outputChannels()) - 1;
    int end = filters.firstInput(last) + filters.inputsPerGroup();
    int firstBlock = first / PanelProduct.BLOCK;
    int blocks = ChannelBlocks.count(end) - firstBlock;
    boolean mixed =
        filters.firstInput(last) != first
            || first % PanelProduct.BLOCK != 0
            || filters.inputsPerGroup() % PanelProduct.BLOCK != 0;
    return new Panel(channel, width, firstBlock, blocks, offset, mixed);
  }

  /** Blocks that the panel with the most of them reads. */
  int mostBlocks() {
    return panels.stream().mapToInt(Panel::blocks).max().orElse(0);
  }

  /**
   * Some output channels.
   *
   * @param channel the first one
   * @param width 16 or 32
   * @param firstBlock first block of input channels
   * @param blocks how many of them
   * @param offset where its weights start
   * @param mixed whether the blocks hold channels that some of the outputs do not read
   */
  record Panel(int channel, int width, int firstBlock, int blocks, int offset, boolean mixed) {}
}
