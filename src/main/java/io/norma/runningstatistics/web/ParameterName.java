package io.norma.runningstatistics.web;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a framework's name of an array says: the layer, and what of it. Known are PyTorch's {@code
 * bn1.running_mean}, Keras' {@code bn1/moving_mean} and {@code layers/bn1/vars/2}, MXNet's {@code
 * bn1_moving_var}, with what TensorFlow puts behind ({@code :0}).
 *
 * @param layer empty where the name is that of the array alone
 */
record ParameterName(String layer, Role role) {
  /** What an array is to its layer. */
  enum Role {
    MEAN,
    VARIANCE,
    GAMMA,
    BETA,
    /** By its number among the layer's arrays. */
    NUMBERED
  }

  private static final Pattern ENDING =
      Pattern.compile("(:0|/\\.ATTRIBUTES/VARIABLE_VALUE|/read(:0)?)$");
  private static final Pattern STATISTICS =
      Pattern.compile(
          "((?<layer>.+)[./_])?(?<framework>running|moving)_(?<word>mean|var|variance)",
          Pattern.DOTALL);
  private static final Pattern WEIGHTS =
      Pattern.compile("((?<layer>.+)[./])?(?<word>weight|bias|gamma|beta)", Pattern.DOTALL);
  private static final Pattern NUMBERED =
      Pattern.compile("(?<layer>.+)[./]vars[./]\\d+", Pattern.DOTALL);

  /** Reads a name, or gives {@code null} if it is none of these. */
  static @Nullable ParameterName of(String name) {
    String plain = ENDING.matcher(name).replaceFirst("");
    Matcher statistics = STATISTICS.matcher(plain);
    if (statistics.matches()) {
      Role role = statistics.group("word").equals("mean") ? Role.MEAN : Role.VARIANCE;
      return new ParameterName(layer(statistics), role);
    }
    Matcher weights = WEIGHTS.matcher(plain);
    if (weights.matches()) {
      return new ParameterName(
          layer(weights),
          switch (weights.group("word")) {
            case "weight", "gamma" -> Role.GAMMA;
            default -> Role.BETA;
          });
    }
    Matcher numbered = NUMBERED.matcher(plain);
    return numbered.matches() ? new ParameterName(layer(numbered), Role.NUMBERED) : null;
  }

  /** Whether a name is in the words of Keras, which keeps the population's variance. */
  static boolean isOfKeras(String name) {
    Matcher statistics = STATISTICS.matcher(ENDING.matcher(name).replaceFirst(""));
    return statistics.matches()
        ? statistics.group("framework").equals("moving")
        : NUMBERED.matcher(name).matches();
  }

  private static String layer(Matcher matcher) {
    String layer = matcher.group("layer");
    return layer == null ? "" : layer;
  }
}
