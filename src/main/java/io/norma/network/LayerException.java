package io.norma.network;

/** A layer of a running network found that its inputs do not fit: the request is at fault. */
public final class LayerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String layer;

  public LayerException(String layer, RuntimeException cause) {
    super("layer '" + layer + "': " + cause.getMessage(), cause);
    this.layer = layer;
  }

  /** Name of the node. */
  public String layer() {
    return layer;
  }
}
