package io.norma.inference.replay;

import io.norma.inference.NormalizationSelector;
import io.norma.inference.replay.Difference.Part;
import io.norma.kernel.statistics.BlendMethod;
import io.norma.models.ServedModel;
import io.norma.serving.InferenceRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request says of how to normalize that cannot have led to a receipt: then it is another
 * request. What it leaves open, be it a set without its revision, contradicts nothing.
 */
final class Contradictions {
  private static final List<String> NUMBERS =
      List.of(
          NormalizationSelector.NORMALIZATION,
          NormalizationSelector.BLEND,
          NormalizationSelector.PRIOR_WEIGHT,
          NormalizationSelector.K,
          InferenceRequest.SEED);

  private Contradictions() {}

  /**
   * All of them.
   *
   * @param model that the request fits
   * @param used by the receipt
   */
  static List<Difference> of(
      ServedModel model, Map<String, Object> used, InferenceRequest request) {
    Map<String, Object> parameters = request.parameters();
    List<Difference> differences = new ArrayList<>();
    Object set = parameters.get(NormalizationSelector.RUNNING_STATISTICS);
    Object revision = used.get(NormalizationSelector.RUNNING_STATISTICS);
    if (set != null && !isOf(set.toString(), String.valueOf(revision))) {
      differences.add(
          difference(
              Part.RUNNING_STATISTICS, NormalizationSelector.RUNNING_STATISTICS, revision, set));
    }
    if (parameters.get(NormalizationSelector.PRIOR_COUNT) instanceof Number count
        && count.doubleValue() >= 0
        && Double.isFinite(count.doubleValue())) {
      double weight = BlendMethod.priorWeight(count.doubleValue(), model.rows(request));
      Object before = used.get(NormalizationSelector.PRIOR_WEIGHT);
      if (!isSame(before, weight)) {
        differences.add(
            difference(Part.NORMALIZATION, NormalizationSelector.PRIOR_WEIGHT, before, weight));
      }
    }
    for (String name : NUMBERS) {
      Object asked = parameters.get(name);
      if (asked != null && !isSame(used.get(name), asked)) {
        differences.add(difference(Part.NORMALIZATION, name, used.get(name), asked));
      }
    }
    return differences;
  }

  /** Whether a set, with its revision or without, may have been answered by a revision. */
  private static boolean isOf(String set, String revision) {
    return set.equals(revision) || revision.startsWith(set + "@");
  }

  private static boolean isSame(@Nullable Object used, Object asked) {
    if (used instanceof Double number && asked instanceof Number other) {
      return number == other.doubleValue();
    }
    return asked.equals(used);
  }

  private static Difference difference(
      Part part, String name, @Nullable Object used, Object asked) {
    return new Difference(
        part,
        name + "=" + used,
        name + "=" + asked,
        "the request asks for parameter '%s' as %s, but the receipt has %s"
            .formatted(name, asked, used));
  }
}
