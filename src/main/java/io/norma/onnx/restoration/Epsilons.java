package io.norma.onnx.restoration;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One ε for each batch normalization, which fits all places that it stands in. */
final class Epsilons {
  private Epsilons() {}

  /**
   * @param fits by batch normalization: those of its places
   */
  static Map<String, Double> of(Map<String, List<EpsilonFit>> fits) {
    double mostSeen = mostSeen(fits);
    Map<String, Double> epsilons = new HashMap<>();
    fits.forEach((module, all) -> epsilons.put(module, epsilon(all, mostSeen)));
    return epsilons;
  }

  /** Where variances are large many ε fit: then the one that others of the network have. */
  private static double epsilon(List<EpsilonFit> fits, double mostSeen) {
    if (fits.stream().allMatch(fit -> fit.fits(mostSeen))) {
      return mostSeen;
    }
    List<Double> simplest = fits.stream().map(EpsilonFit::simplest).toList();
    for (double epsilon : simplest) {
      if (fits.stream().allMatch(fit -> fit.fits(epsilon))) {
        return epsilon;
      }
    }
    return simplest.getFirst();
  }

  /** The ε of most batch normalizations where only one usual one fits; NaN if there are none. */
  private static double mostSeen(Map<String, List<EpsilonFit>> fits) {
    Map<Double, Integer> counts = new HashMap<>();
    for (List<EpsilonFit> all : fits.values()) {
      List<Double> usual = all.getFirst().usual();
      if (usual.size() == 1) {
        counts.merge(usual.getFirst(), 1, Integer::sum);
      }
    }
    return counts.entrySet().stream()
        .max(
            Map.Entry.<Double, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .map(Map.Entry::getKey)
        .orElse(Double.NaN);
  }
}
