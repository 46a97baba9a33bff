package io.norma.kernel.compute.matrix;

import io.norma.kernel.compute.CacheLines;
import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.compute.tile.PanelProduct;
import io.norma.kernel.compute.tile.TileProduct;
import io.norma.kernel.tensor.ElementType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Weights rounded to the nearest BF16, of two as near the even one: the upper halves of FP32, in
 * half of the bytes. Two rows of a panel stand together, {@code [panel][pair of rows][channel of
 * the panel]}, the first one in the lower 16 bits of an int, so that a vector of ints is two of
 * floats for the same channels, whatever its length.
 */
final class BFloat16Panels extends Panels {
  /** Taps of 16 rows that are made FP32 at a time at most: in a panel of 32 they are 128 KiB. */
  private static final int MOST_WIDENED = 64;

  /**
   * Rows that stream the weights sooner one after another than they are made FP32 for tiles. It is
   * more than one even so: a tile for six computes as much for two.
   */
  private static final int MOST_APART = 4;

  /** Where the second row of a pair is. */
  private static final int UPPER = 0xFFFF0000;

  private static final VectorSpecies<Integer> INTS = Lanes.SPECIES.withLanes(int.class);

  final int[] values;

  private BFloat16Panels(int outputChannels, int depth) {
    super(outputChannels, depth);
    values = new int[Math.toIntExact(CacheLines.LEAD + size() / 2)];
  }

  /**
   * Packs a matrix, without a copy of it as FP32.
   *
   * @param weights (M, K) or (K, M) from an offset on
   * @param outputsFirst whether it is (M, K)
   */
  static BFloat16Panels of(
      float[] weights, int offset, int outputs, int inputs, boolean outputsFirst) {
    BFloat16Panels packed = new BFloat16Panels(outputs, ChannelBlocks.padded(inputs));
    int from = offset;
    for (int i = 0; i < (outputsFirst ? outputs : inputs); i++) {
      for (int j = 0; j < (outputsFirst ? inputs : outputs); j++) {
        packed.put(outputsFirst ? i : j, outputsFirst ? j : i, weights[from++]);
      }
    }
    return packed;
  }

  private void put(int output, int input, float weight) {
    int panel = output / WIDTH;
    int at = offset(panel) + input / 2 * width(panel) + output % WIDTH;
    int bits = Short.toUnsignedInt(ElementType.BF16.narrow(weight));
    values[at] |= input % 2 == 0 ? bits : bits << Short.SIZE;
  }

  /** Where a panel starts. */
  int offset(int panel) {
    return CacheLines.LEAD + channel(panel) * (depth / 2);
  }

  /** The weights of the first row of a pair, for as many channels as a vector has. */
  static FloatVector first(IntVector pairs) {
    return pairs.lanewise(VectorOperators.LSHL, Short.SIZE).reinterpretAsFloats();
  }

  /** Those of the second. */
  static FloatVector second(IntVector pairs) {
    return pairs.and(UPPER).reinterpretAsFloats();
  }

  /** The pairs at a position, for as many channels as a vector has. */
  static IntVector pairs(int[] values, int at) {
    return IntVector.fromArray(INTS, values, at);
  }

  @Override
  void multiplyRow(float[] x, int x0, int pair, Epilogue epilogue, int e0, float[] y, int y0) {
    RowTimesBFloat16Panels.pair(x, x0, this, pair, epilogue, e0, y, y0);
  }

  @Override
  int rowsApart() {
    return MOST_APART;
  }

  @Override
  int tapsTogether(int taps) {
    return Math.min(TileProduct.tapsTogether(taps), MOST_WIDENED);
  }

  @Override
  int scratchLength(int taps) {
    return tapsTogether(taps) * PanelProduct.BLOCK * WIDTH;
  }

  @Override
  float[] wide(float[] scratch) {
    return scratch;
  }

  @Override
  int widen(int panel, int tap, int taps, float[] wide, int scratch) {
    int width = width(panel);
    int pairs = taps * PanelProduct.BLOCK / 2;
    int from = offset(panel) + tap * PanelProduct.BLOCK / 2 * width;
    for (int lane = 0; lane < width; lane += Lanes.COUNT) {
      widenLanes(from + lane, width, pairs, wide, scratch + lane);
    }
    return scratch;
  }

  /** Pairs of rows, for as many channels as a vector has. */
  private void widenLanes(int from, int width, int pairs, float[] wide, int to) {
    int at = to;
    for (int i = from; i < from + pairs * width; i += width) {
      IntVector both = pairs(values, i);
      first(both).intoArray(wide, at);
      second(both).intoArray(wide, at + width);
      at += 2 * width;
    }
  }
}
