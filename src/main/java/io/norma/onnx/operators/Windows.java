package io.norma.onnx.operators;

import io.norma.kernel.layer.support.AutoPad;
import io.norma.kernel.layer.support.Window;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads the attributes that ONNX's convolutions and poolings share. */
final class Windows {
  private Windows() {}

  static Window window(Attributes attributes) {
    return new Window(
        autoPad(attributes),
        orEmpty(attributes.integers("kernel_shape")),
        orEmpty(attributes.integers("strides")),
        orEmpty(attributes.integers("dilations")),
        orEmpty(attributes.integers("pads")));
  }

  private static AutoPad autoPad(Attributes attributes) {
    String name = attributes.string("auto_pad", "NOTSET");
    // Files of old exporters write an empty one for the default.
    if (name.isEmpty()) {
      return AutoPad.NOTSET;
    }
    return Arrays.stream(AutoPad.values())
        .filter(autoPad -> autoPad.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "attribute 'auto_pad' must be one of %s, but is '%s'"
                    .formatted(Arrays.toString(AutoPad.values()), name)));
  }

  static int[] orEmpty(int @Nullable [] values) {
    return values == null ? new int[0] : values;
  }
}
