package io.norma.onnx.restoration;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint calls the weights of a convolution or dense layer, {@code conv1.weight} or
 * {@code conv1/kernel}, and what that says of the layer.
 */
final class WeightNames {
  private static final Pattern PYTORCH = Pattern.compile("(.*)\\.weight", Pattern.DOTALL);
  private static final Pattern KERAS =
      Pattern.compile("(?:(.+)([./]))?(?:pointwise_)?kernel(:0)?", Pattern.DOTALL);
  private static final Pattern NUMBERED = Pattern.compile("(.+)([./]vars[./])0", Pattern.DOTALL);

  private WeightNames() {}

  /** The layer that has weights of this name. */
  static String module(String weights) {
    for (Pattern pattern : new Pattern[] {PYTORCH, KERAS, NUMBERED}) {
      Matcher matcher = pattern.matcher(weights);
      if (matcher.matches()) {
        return matcher.group(1) == null ? "" : matcher.group(1);
      }
    }
    return weights;
  }

  /** What the bias beside weights of this name would be called, or {@code null}. */
  static @Nullable String bias(String weights) {
    Matcher pytorch = PYTORCH.matcher(weights);
    if (pytorch.matches()) {
      return pytorch.group(1) + ".bias";
    }
    Matcher keras = KERAS.matcher(weights);
    if (keras.matches()) {
      String scope = keras.group(1) == null ? "" : keras.group(1) + keras.group(2);
      return scope + "bias" + (keras.group(3) == null ? "" : keras.group(3));
    }
    Matcher numbered = NUMBERED.matcher(weights);
    return numbered.matches() ? numbered.group(1) + numbered.group(2) + "1" : null;
  }
}
