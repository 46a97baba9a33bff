package io.norma.kernel.layer.support;

/** What {@code Pad} puts around a tensor. */
public enum PadMode {
  /** One value. */
  CONSTANT,
  /** The tensor mirrored at its outermost elements, which are not repeated. */
  REFLECT,
  /** The outermost element. */
  EDGE,
  /** The tensor from its other end. */
  WRAP;

  /**
   * The mode by its name in ONNX.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public static PadMode of(String name) {
    return switch (name) {
      case "constant" -> CONSTANT;
      case "reflect" -> REFLECT;
      case "edge" -> EDGE;
      case "wrap" -> WRAP;
      default ->
          throw new IllegalArgumentException(
              "mode must be 'constant', 'reflect', 'edge' or 'wrap', is '" + name + "'");
    };
  }

  /** The position of a tensor of this extent that is seen at a position, which may lie outside. */
  public int source(int position, int extent) {
    if (position >= 0 && position < extent) {
      return position;
    }
    return switch (this) {
      case CONSTANT -> -1;
      case EDGE -> position < 0 ? 0 : extent - 1;
      case WRAP -> Math.floorMod(position, extent);
      case REFLECT -> {
        if (extent == 1) {
          yield 0;
        }
        int period = Math.floorMod(position, 2 * (extent - 1));
        yield period < extent ? period : 2 * (extent - 1) - period;
      }
    };
  }
}
