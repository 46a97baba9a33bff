package io.norma.onnx.restoration;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint calls the tensors of one batch normalization. PyTorch: {@code bn1.weight},
 * {@code bn1.running_mean}. Keras: {@code bn1/gamma}, {@code bn1/moving_mean}, with what TensorFlow
 * puts behind ({@code :0}), and by their numbers in weight files {@code layers/bn1/vars/2}.
 *
 * @param module empty where the names are those of the tensors alone
 * @param numbered whether numbers alone say which tensor is which, so that all four have to be
 *     there
 */
record NormalizationNames(
    String module,
    String gamma,
    String beta,
    String mean,
    String variance,
    Framework framework,
    boolean numbered) {
  private static final Pattern PYTORCH = Pattern.compile("(.*)\\.running_mean", Pattern.DOTALL);
  private static final Pattern KERAS =
      Pattern.compile("(?:(.+)([./]))?moving_mean(:0)?", Pattern.DOTALL);
  private static final Pattern NUMBERED = Pattern.compile("(.+)([./]vars[./])2", Pattern.DOTALL);

  /** By the name of the running mean, or {@code null} if it is none. */
  static @Nullable NormalizationNames ofMean(String name) {
    Matcher pytorch = PYTORCH.matcher(name);
    if (pytorch.matches()) {
      String scope = pytorch.group(1) + ".";
      return new NormalizationNames(
          pytorch.group(1),
          scope + "weight",
          scope + "bias",
          name,
          scope + "running_var",
          Framework.PYTORCH,
          false);
    }
    Matcher keras = KERAS.matcher(name);
    if (keras.matches()) {
      String module = keras.group(1) == null ? "" : keras.group(1);
      String scope = module.isEmpty() ? "" : module + keras.group(2);
      String end = keras.group(3) == null ? "" : keras.group(3);
      return new NormalizationNames(
          module,
          scope + "gamma" + end,
          scope + "beta" + end,
          name,
          scope + "moving_variance" + end,
          Framework.KERAS,
          false);
    }
    Matcher numbered = NUMBERED.matcher(name);
    if (numbered.matches()) {
      String scope = numbered.group(1) + numbered.group(2);
      return new NormalizationNames(
          numbered.group(1), scope + "0", scope + "1", name, scope + "3", Framework.KERAS, true);
    }
    return null;
  }
}
