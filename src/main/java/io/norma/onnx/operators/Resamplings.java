package io.norma.onnx.operators;

import io.norma.kernel.layer.GridSample;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.Resize;
import io.norma.kernel.layer.Upsample;
import io.norma.kernel.layer.support.CoordinateMode;
import io.norma.kernel.layer.support.Interpolation;
import io.norma.kernel.layer.support.NearestMode;
import io.norma.kernel.layer.support.Resampling;
import java.util.EnumSet;

/** Reads the attributes of ONNX's {@code Resize} and {@code Upsample}. */
public final class Resamplings {
  private Resamplings() {}

  static Interpolation interpolation(Attributes attributes) {
    return attributes.constant("mode", Interpolation.NEAREST);
  }

  static Layer upsample(Attributes attributes) {
    float[] scales = attributes.reals("scales");
    if (attributes.operatorSet() < 9 && scales == null) {
      throw new IllegalArgumentException("attribute 'scales' is required, but is absent");
    }
    return new Upsample(interpolation(attributes), scales == null ? new float[0] : scales);
  }

  static Layer resize(Attributes attributes) {
    if (attributes.operatorSet() < 11) {
      return new Upsample(interpolation(attributes), new float[0]);
    }
    Resampling resampling =
        new Resampling(
            interpolation(attributes),
            attributes.constant("coordinate_transformation_mode", CoordinateMode.HALF_PIXEL),
            nearestMode(attributes),
            attributes.real("cubic_coeff_a", -0.75f),
            attributes.flag("exclude_outside", false),
            attributes.flag("antialias", false),
            attributes.real("extrapolation_value", 0));
    return new Resize(
        resampling,
        Windows.orEmpty(attributes.integers("axes")),
        attributes.constant("keep_aspect_ratio_policy", Resize.AspectRatio.STRETCH));
  }

  private static NearestMode nearestMode(Attributes attributes) {
    String mode = attributes.string("nearest_mode", "round_prefer_floor");
    NearestMode[] ofOnnx =
        EnumSet.complementOf(EnumSet.of(NearestMode.CEIL_WHEN_SHRINKING))
            .toArray(NearestMode[]::new);
    return Attributes.constant("nearest_mode", mode, ofOnnx);
  }

  /** Whether a node resizes linearly by a definition that leaves its coordinates open. */
  public static boolean hasUnclearCorners(String operator, Attributes attributes) {
    boolean resizes = operator.equals("Upsample") || operator.equals("Resize");
    return resizes
        && attributes.operatorSet() < 11
        && interpolation(attributes) != Interpolation.NEAREST;
  }

  static Layer gridSample(Attributes attributes) {
    String mode = attributes.string("mode", "linear");
    // Named for two axes before operator set 20.
    String name =
        switch (mode) {
          case "bilinear" -> "linear";
          case "bicubic" -> "cubic";
          default -> mode;
        };
    return new GridSample(
        Attributes.constant("mode", name, Interpolation.values()),
        attributes.constant("padding_mode", GridSample.Padding.ZEROS),
        attributes.flag("align_corners", false));
  }
}
