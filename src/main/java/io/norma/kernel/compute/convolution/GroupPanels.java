package io.norma.kernel.compute.convolution;

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

  private final int outputsPerGroup;
  private final int inputsPerGroup;

  /**
   * Packs weights.
   *
   * @param weights (M, C/G, positions) from an offset on
   */
  GroupPanels(
      float[] weights,
      int offset,
      int outputChannels,
      int inputChannels,
      int groups,
      int positions) {
    outputsPerGroup = outputChannels / groups;
    inputsPerGroup = inputChannels / groups;
    panels = new ArrayList<>();
    int size = 0;
    for (int channel = 0; channel < outputChannels; ) {
      Panel one = panel(channel, PanelProduct.BLOCK, outputChannels, size);
      Panel two = panel(channel, PanelProduct.PANEL, outputChannels, size);
      // A wide panel is faster where both its halves read the same blocks.
      boolean wide = channel + PanelProduct.BLOCK < outputChannels && two.blocks == one.blocks;
      Panel panel = wide ? two : one;
      panels.add(panel);
      size = Math.addExact(size, panel.blocks * positions * PanelProduct.BLOCK * panel.width);
      channel += panel.width;
    }
    values = new float[size];
    for (Panel panel : panels) {
      for (int o = 0; o < Math.min(panel.width, outputChannels - panel.channel); o++) {
        fill(panel, o, weights, offset, positions);
      }
    }
  }

  private void fill(Panel panel, int o, float[] weights, int offset, int positions) {
    int output = panel.channel + o;
    for (int i = 0; i < inputsPerGroup; i++) {
      int input = firstInput(output) + i - panel.firstBlock * PanelProduct.BLOCK;
      for (int t = 0; t < positions; t++) {
        int tap = input / PanelProduct.BLOCK * positions + t;
        int row = tap * PanelProduct.BLOCK + input % PanelProduct.BLOCK;
        values[panel.offset + row * panel.width + o] =
            weights[offset + (output * inputsPerGroup + i) * positions + t];
      }
    }
  }

  private Panel panel(int channel, int width, int outputChannels, int offset) {
    int first = firstInput(channel);
    int last = Math.min(channel + width, outputChannels) - 1;
    int end = firstInput(last) + inputsPerGroup;
    int firstBlock = first / PanelProduct.BLOCK;
    int blocks = ChannelBlocks.count(end) - firstBlock;
    boolean mixed =
        firstInput(last) != first
            || first % PanelProduct.BLOCK != 0
            || inputsPerGroup % PanelProduct.BLOCK != 0;
    return new Panel(channel, width, firstBlock, blocks, offset, mixed);
  }

  /** The first input channel of an output channel's group. */
  int firstInput(int output) {
    return output / outputsPerGroup * inputsPerGroup;
  }

  int inputsPerGroup() {
    return inputsPerGroup;
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
