package io.norma.onnx.restoration;

import io.norma.network.WeightedLayer;
import io.norma.onnx.restoration.Finding.Candidate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Chooses among weights and batch normalizations that are equal in numbers, as those of freshly
 * initialized layers are: by names, and each once where possible. Then finds one ε for each batch
 * normalization.
 */
final class Assignment {
  private final Map<WeightedLayer, Candidate> chosen = new LinkedHashMap<>();
  private final Set<String> usedWeights = new HashSet<>();
  private final Set<String> usedNormalizations = new HashSet<>();

  /** One choice, and how good it looks by its names. */
  private record Choice(
      WeightedLayer layer, int position, Candidate candidate, int candidatePosition) {
    private static final Comparator<Choice> ORDER =
        Comparator.comparing((Choice choice) -> !choice.candidate.expected())
            .thenComparingLong(choice ->
                ModulePaths.distance(
                    WeightNames.module(choice.candidate.weights()),
                    choice.candidate.normalization().module()))
            .thenComparingInt(Choice::position)
            .thenComparingInt(Choice::candidatePosition);
  }

  /**
   * @param live names of batch normalizations that the network still has
   */
  static List<Restored> of(Map<WeightedLayer, List<Candidate>> candidates, Set<String> live) {
    return new Assignment(live).assign(candidates);
  }

  private Assignment(Set<String> live) {
    usedNormalizations.addAll(live);
  }

  private List<Restored> assign(Map<WeightedLayer, List<Candidate>> candidates) {
    candidates.forEach((layer, all) -> {
      if (all.size() == 1) {
        choose(layer, all.getFirst());
      }
    });
    List<Choice> choices = choices(candidates);
    choose(
        choices,
        choice ->
            !usedWeights.contains(choice.candidate().weights())
                && !usedNormalizations.contains(choice.candidate().normalization().module()));
    choose(
        choices,
        choice -> !usedNormalizations.contains(choice.candidate().normalization().module()));
    choose(choices, choice -> true);
    List<Restored> restored = new ArrayList<>();
    Map<String, Double> epsilons = epsilons();
    for (WeightedLayer layer : candidates.keySet()) {
      Candidate candidate = chosen.get(layer);
      if (candidate != null) {
        double epsilon = epsilons.getOrDefault(candidate.normalization().module(), Double.NaN);
        if (candidate.fit().fits(epsilon)) {
          restored.add(new Restored(layer, candidate, epsilon));
        }
      }
    }
    return restored;
  }

  private static List<Choice> choices(Map<WeightedLayer, List<Candidate>> candidates) {
    List<Choice> choices = new ArrayList<>();
    int position = 0;
    for (Map.Entry<WeightedLayer, List<Candidate>> entry : candidates.entrySet()) {
      List<Candidate> all = entry.getValue();
      for (int i = 0; all.size() > 1 && i < all.size(); i++) {
        choices.add(new Choice(entry.getKey(), position, all.get(i), i));
      }
      position++;
    }
    choices.sort(Choice.ORDER);
    return choices;
  }

  private void choose(List<Choice> choices, Predicate<Choice> allowed) {
    for (Choice choice : choices) {
      if (!chosen.containsKey(choice.layer()) && allowed.test(choice)) {
        choose(choice.layer(), choice.candidate());
      }
    }
  }

  private void choose(WeightedLayer layer, Candidate candidate) {
    chosen.put(layer, candidate);
    usedWeights.add(candidate.weights());
    usedNormalizations.add(candidate.normalization().module());
  }

  /** By batch normalization: one that fits all layers that it stands behind. */
  private Map<String, Double> epsilons() {
    Map<String, List<EpsilonFit>> fits = new LinkedHashMap<>();
    for (Candidate candidate : chosen.values()) {
      fits.computeIfAbsent(candidate.normalization().module(), module -> new ArrayList<>())
          .add(candidate.fit());
    }
    return Epsilons.of(fits);
  }
}
