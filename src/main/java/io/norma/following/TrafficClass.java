package io.norma.following;

import io.norma.inference.NormalizationSelector;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ServingException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A tenant, a camera, or whatever else a caller has normalized by statistics of its own. */
final class TrafficClass {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");

  private TrafficClass() {}

  /**
   * The class of a request.
   *
   * @return {@code null} if it names none
   * @throws ServingException.InvalidField if what it names is no name
   */
  static @Nullable String of(InferenceRequest request) {
    Object name = request.parameters().get(NormalizationSelector.TRAFFIC_CLASS);
    if (name == null) {
      return null;
    }
    if (name instanceof String text && NAME.matcher(text).matches()) {
      return text;
    }
    throw new ServingException.InvalidField(
        "parameters." + NormalizationSelector.TRAFFIC_CLASS,
        "'parameters.%s' (header X-Traffic-Class) must be 1 to 64 letters, digits, '_', '-' and '.', the first a letter or a digit, but is %s"
            .formatted(
                NormalizationSelector.TRAFFIC_CLASS,
                name instanceof String ? "\"" + name + "\"" : name));
  }

  /** Where revisions of a class's rows go. */
  static String shadowSet(String name) {
    return "shadow." + name;
  }

  /** Where those of them go that requests are answered by. */
  static String followedSet(String name) {
    return "followed." + name;
  }
}
