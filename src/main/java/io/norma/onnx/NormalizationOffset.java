package io.norma.onnx;

import io.norma.onnx.proto.NodeProto;
import org.jspecify.annotations.Nullable;

/**
 * What a batch normalization subtracts and adds.
 *
 * @param beta {@code null} for 0
 */
record NormalizationOffset(String mean, @Nullable String beta) {
  /** Of a shift {@code β − μ · s}, or {@code null} if it is none. */
  static @Nullable NormalizationOffset of(
      @Nullable String shift, NormalizationScale scale, ConstantOrigins origins) {
    NodeProto maker = shift == null ? null : origins.maker(shift);
    if (maker == null) {
      return null;
    }
    return switch (maker.getOpType()) {
      case "Sub" -> scaled(maker.getInput(1), maker.getInput(0), scale, origins);
      case "Add" -> {
        NormalizationOffset offset = negated(maker.getInput(0), maker.getInput(1), scale, origins);
        yield offset == null
            ? negated(maker.getInput(1), maker.getInput(0), scale, origins)
            : offset;
      }
      default -> negated(String.valueOf(shift), null, scale, origins);
    };
  }

  /** Of {@code −(μ · s)} or {@code (−μ) · s}. */
  private static @Nullable NormalizationOffset negated(
      String product, @Nullable String beta, NormalizationScale scale, ConstantOrigins origins) {
    NodeProto maker = origins.maker(product);
    if (maker == null) {
      return null;
    }
    if (maker.getOpType().equals("Neg")) {
      return scaled(maker.getInput(0), beta, scale, origins);
    }
    if (!maker.getOpType().equals("Mul")) {
      return null;
    }
    for (int i = 0; i < 2; i++) {
      NodeProto negation = origins.maker(maker.getInput(i));
      if (negation != null
          && negation.getOpType().equals("Neg")
          && isScale(maker.getInput(1 - i), scale, origins)) {
        return new NormalizationOffset(negation.getInput(0), beta);
      }
    }
    return null;
  }

  /** Of {@code μ · s}. */
  private static @Nullable NormalizationOffset scaled(
      String product, @Nullable String beta, NormalizationScale scale, ConstantOrigins origins) {
    NodeProto maker = origins.maker(product);
    if (maker == null || !maker.getOpType().equals("Mul")) {
      return null;
    }
    for (int i = 0; i < 2; i++) {
      if (isScale(maker.getInput(1 - i), scale, origins)) {
        return new NormalizationOffset(maker.getInput(i), beta);
      }
    }
    return null;
  }

  private static boolean isScale(
      String constant, NormalizationScale scale, ConstantOrigins origins) {
    float[] elements = origins.elements(constant);
    if (elements == null || elements.length != scale.variance().length) {
      return false;
    }
    for (int c = 0; c < elements.length; c++) {
      if (!scale.isClose(c, elements[c])) {
        return false;
      }
    }
    return true;
  }
}
