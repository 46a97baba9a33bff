package io.norma.kernel.layer.support;

/**
 * Where a position of a resized axis lies on the original one, by ONNX's names for {@code
 * coordinate_transformation_mode} of {@code Resize}.
 */
public enum CoordinateMode {
  HALF_PIXEL,
  HALF_PIXEL_SYMMETRIC,
  PYTORCH_HALF_PIXEL,
  ALIGN_CORNERS,
  ASYMMETRIC,
  TF_HALF_PIXEL_FOR_NN,
  TF_CROP_AND_RESIZE;

  /**
   * The original coordinate of a resized one.
   *
   * @param scale resized extent over original extent, not rounded
   * @param original extent of the original axis
   * @param resized extent of the resized axis
   * @param start where the region of interest begins, 0 to 1 over the original axis
   * @param end where it ends
   */
  double original(int position, double scale, int original, int resized, double start, double end) {
    return switch (this) {
      case HALF_PIXEL -> (position + 0.5) / scale - 0.5;
      case HALF_PIXEL_SYMMETRIC -> {
        double adjustment = resized / (scale * original);
        yield original / 2.0 * (1 - adjustment) + (position + 0.5) / scale - 0.5;
      }
      case PYTORCH_HALF_PIXEL -> resized > 1 ? (position + 0.5) / scale - 0.5 : 0;
      case ALIGN_CORNERS -> resized > 1 ? position * (original - 1.0) / (resized - 1) : 0;
      case ASYMMETRIC -> position / scale;
      case TF_HALF_PIXEL_FOR_NN -> (position + 0.5) / scale;
      case TF_CROP_AND_RESIZE ->
          resized > 1
              ? start * (original - 1) + position * (end - start) * (original - 1) / (resized - 1)
              : 0.5 * (start + end) * (original - 1);
    };
  }
}
