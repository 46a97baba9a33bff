package io.norma.kernel.compute.blocks;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.Lanes;
import jdk.incubator.vector.FloatVector;

/** Maps in blocks times one factor per row and channel: the gate of a squeeze-and-excitation. */
public final class BlockedGate {
  private BlockedGate() {}

  /**
   * {@code y[n, c, p] = x[n, c, p] · gate[n, c]}, all in {@link ChannelBlocks}.
   *
   * @param gate maps of a single pixel
   * @param blocks blocks of all rows
   * @param pixels of a map
   */
  public static void apply(
      float[] x,
      int xOffset,
      float[] gate,
      int gateOffset,
      float[] y,
      int yOffset,
      int blocks,
      int pixels) {
    int map = pixels * ChannelBlocks.SIZE;
    ComputePool.get()
        .run(
            blocks,
            (block, worker) -> {
              int g0 = gateOffset + block * ChannelBlocks.SIZE;
              int from = xOffset + block * map;
              int to = yOffset + block * map;
              for (int lane = 0; lane < ChannelBlocks.SIZE; lane += Lanes.COUNT) {
                multiply(x, from + lane, gate, g0 + lane, y, to + lane, map - lane);
              }
            });
  }

  private static void multiply(
      float[] x, int x0, float[] gate, int g0, float[] y, int y0, int length) {
    FloatVector factor = FloatVector.fromArray(Lanes.SPECIES, gate, g0);
    for (int i = 0; i < length; i += ChannelBlocks.SIZE) {
      FloatVector.fromArray(Lanes.SPECIES, x, x0 + i).mul(factor).intoArray(y, y0 + i);
    }
  }
}
