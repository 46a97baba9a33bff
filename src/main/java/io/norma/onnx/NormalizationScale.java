package io.norma.onnx;

import io.norma.onnx.AffineChain.Factor;
import io.norma.onnx.proto.NodeProto;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A constant {@code γ/√(σ² + ε)} taken apart by how it was computed.
 *
 * @param gamma γ per channel, or of one element for all of them; empty for 1
 * @param gammaName the constant that is γ, or empty if it is a product or there is none
 * @param variance σ² per channel
 * @param varianceName the constant that is σ²
 * @param epsilon ε
 */
record NormalizationScale(
    float[] gamma, String gammaName, float[] variance, String varianceName, double epsilon) {
  private static final double TOLERANCE = 1e-5;

  /** Of what these factors make together, or {@code null} if it is nothing of the kind. */
  static @Nullable NormalizationScale of(List<Factor> factors, ConstantOrigins origins) {
    return new Decomposition(origins).of(factors);
  }

  /** {@code γ/√(σ² + ε)} of a channel. */
  double value(int channel) {
    double factor = gamma.length == 0 ? 1 : gamma[gamma.length == 1 ? 0 : channel];
    return factor / Math.sqrt(variance[channel] + epsilon);
  }

  /** Whether a number is that of a channel, but for what was rounded on the way. */
  boolean isClose(int channel, double number) {
    double value = value(channel);
    return Math.abs(number - value) <= TOLERANCE * Math.abs(value);
  }

  /** Follows the factors to what they were computed from. */
  private static final class Decomposition {
    private final ConstantOrigins origins;
    private final List<Factor> others = new ArrayList<>();
    private @Nullable String sum;
    private boolean isClear = true;

    Decomposition(ConstantOrigins origins) {
      this.origins = origins;
    }

    @Nullable NormalizationScale of(List<Factor> factors) {
      factors.forEach(factor -> follow(factor.constant(), factor.divides()));
      String variancePlusEpsilon = sum;
      if (variancePlusEpsilon == null || !isClear) {
        return null;
      }
      NodeProto addition = origins.maker(variancePlusEpsilon);
      if (addition == null || !addition.getOpType().equals("Add")) {
        return null;
      }
      NormalizationScale scale = read(addition.getInput(0), addition.getInput(1));
      return scale == null ? read(addition.getInput(1), addition.getInput(0)) : scale;
    }

    private void follow(String constant, boolean divides) {
      NodeProto maker = origins.maker(constant);
      if (maker == null) {
        noteFactor(constant, divides);
        return;
      }
      switch (maker.getOpType()) {
        case "Mul" -> {
          follow(maker.getInput(0), divides);
          follow(maker.getInput(1), divides);
        }
        case "Div" -> {
          follow(maker.getInput(0), divides);
          follow(maker.getInput(1), !divides);
        }
        case "Reciprocal" -> follow(maker.getInput(0), !divides);
        case "Sqrt" -> followRoot(maker.getInput(0), divides);
        case "Pow" -> {
          boolean inverse = isScalar(maker.getInput(1), -0.5f);
          if (inverse || isScalar(maker.getInput(1), 0.5f)) {
            followRoot(maker.getInput(0), divides ^ inverse);
          } else {
            noteFactor(constant, divides);
          }
        }
        default -> noteFactor(constant, divides);
      }
    }

    private void noteFactor(String constant, boolean divides) {
      if (!isScalar(constant, 1)) {
        others.add(new Factor(constant, divides));
      }
    }

    /** The root of a constant, or of the reciprocal of one. */
    private void followRoot(String constant, boolean divides) {
      NodeProto maker = origins.maker(constant);
      if (maker != null && maker.getOpType().equals("Reciprocal")) {
        noteRoot(maker.getInput(0), !divides);
      } else if (maker != null
          && maker.getOpType().equals("Div")
          && isScalar(maker.getInput(0), 1)) {
        noteRoot(maker.getInput(1), !divides);
      } else {
        noteRoot(constant, divides);
      }
    }

    private void noteRoot(String constant, boolean divides) {
      isClear &= divides && sum == null;
      sum = constant;
    }

    private boolean isScalar(String constant, float value) {
      float[] elements = origins.elements(constant);
      return elements != null && elements.length == 1 && elements[0] == value;
    }

    private @Nullable NormalizationScale read(String varianceName, String epsilonName) {
      float[] variance = origins.elements(varianceName);
      float[] epsilon = origins.elements(epsilonName);
      float[] gamma = gamma();
      if (variance == null || epsilon == null || gamma == null || epsilon.length != 1) {
        return null;
      }
      // The decimal that was rounded to the float in the file.
      double least = new BigDecimal(Float.toString(epsilon[0])).doubleValue();
      boolean single = others.size() == 1 && !others.getFirst().divides();
      return least > 0
          ? new NormalizationScale(
              gamma,
              single ? origins.source(others.getFirst().constant()) : "",
              variance,
              origins.source(varianceName),
              least)
          : null;
    }

    /** The product of the other factors, empty if there are none. */
    private float @Nullable [] gamma() {
      float[] product = new float[0];
      for (Factor factor : others) {
        float[] elements = origins.elements(factor.constant());
        if (elements == null) {
          return null;
        }
        if (others.size() == 1 && !factor.divides()) {
          return elements;
        }
        product = times(product, elements, factor.divides());
        if (product.length == 0) {
          return null;
        }
      }
      return product;
    }

    /** Empty if the lengths do not fit. */
    private static float[] times(float[] product, float[] elements, boolean divides) {
      int length = Math.max(product.length, elements.length);
      if (length % Math.max(1, product.length) != 0
          || (product.length > 1 && product.length != length)
          || (elements.length != 1 && elements.length != length)) {
        return new float[0];
      }
      float[] result = new float[length];
      for (int c = 0; c < length; c++) {
        float left = product.length == 0 ? 1 : product[product.length == 1 ? 0 : c];
        float right = elements[elements.length == 1 ? 0 : c];
        result[c] = divides ? left / right : left * right;
      }
      return result;
    }
  }
}
