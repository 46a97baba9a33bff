package io.norma.kernel.compute;

/** An {@link Epilogue} that follows no product: a batch normalization that stands by itself. */
public final class BlockedAffine {
  private BlockedAffine() {}

  /**
   * {@code y = activation(scale·x + shift)} for maps in {@link ChannelBlocks}; the epilogue has no
   * residual.
   *
   * @param blocks blocks of channels in a row of the batch
   */
  public static void apply(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int rows,
      int blocks,
      int pixels,
      Epilogue epilogue) {
    int map = pixels * ChannelBlocks.SIZE;
    ComputePool.get()
        .run(
            rows * blocks,
            (part, worker) -> {
              int e0 = epilogue.row(part / blocks) + part % blocks * ChannelBlocks.SIZE;
              int from = xOffset + part * map;
              int to = yOffset + part * map;
              for (int lane = 0; lane < ChannelBlocks.SIZE; lane += Lanes.COUNT) {
                EpilogueLoops.affine(epilogue, e0 + lane, x, from + lane, y, to + lane, map - lane);
              }
              epilogue.activation.applyUnlessClamp(y, to, map);
            });
  }
}
