package io.norma.kernel.layer.support;

/**
 * Which of two neighbours is nearest, by ONNX's names for {@code nearest_mode} of {@code Resize}.
 */
public enum NearestMode {
  ROUND_PREFER_FLOOR,
  ROUND_PREFER_CEIL,
  FLOOR,
  CEIL,
  /** As ONNX Runtime reads operator sets before 11, which leave it open: up when shrinking. */
  CEIL_WHEN_SHRINKING;

  double round(double coordinate, double scale) {
    return switch (this) {
      case ROUND_PREFER_FLOOR -> Math.ceil(coordinate - 0.5);
      case ROUND_PREFER_CEIL -> Math.floor(coordinate + 0.5);
      case FLOOR -> Math.floor(coordinate);
      case CEIL -> Math.ceil(coordinate);
      case CEIL_WHEN_SHRINKING -> scale < 1 ? Math.ceil(coordinate) : Math.floor(coordinate);
    };
  }
}
