package io.norma.onnx.restoration;

/** A checkpoint is not the one that a network's file was exported from. */
public final class CheckpointMismatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int matched;
  private final int layers;

  CheckpointMismatchException(String message, int matched, int layers) {
    super(message);
    this.matched = matched;
    this.layers = layers;
  }

  /** How many of the network's convolutions and dense layers have their weights in it. */
  public int matched() {
    return matched;
  }

  /** How many convolutions and dense layers the network has. */
  public int layers() {
    return layers;
  }
}
