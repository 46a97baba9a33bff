package io.norma.onnx.restoration;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks in a checkpoint for the batch normalizations that scales and shifts per channel were. Those
 * equal in numbers are told apart by names, else taken in their order, each once where possible.
 */
final class ChainSearch {
  private final StateDict checkpoint;
  private final Set<String> used;
  private final Map<PerChannelChain, Candidate> chosen = new LinkedHashMap<>();

  private record Candidate(CheckpointNormalization normalization, EpsilonFit fit) {
    String module() {
      return normalization.module();
    }
  }

  private ChainSearch(StateDict checkpoint, Set<String> used) {
    this.checkpoint = checkpoint;
    this.used = new HashSet<>(used);
  }

  /**
   * The chains that can be restored.
   *
   * @param used names of batch normalizations that stand elsewhere
   */
  static List<RestoredChain> find(
      List<PerChannelChain> chains, StateDict checkpoint, Set<String> used) {
    return new ChainSearch(checkpoint, used).find(chains);
  }

  private List<RestoredChain> find(List<PerChannelChain> chains) {
    Map<PerChannelChain, List<Candidate>> unclear = new LinkedHashMap<>();
    for (PerChannelChain chain : chains) {
      List<Candidate> candidates = chain.channels() == null ? List.of() : candidates(chain);
      if (candidates.size() == 1) {
        choose(chain, candidates.getFirst());
      } else if (!candidates.isEmpty()) {
        unclear.put(chain, candidates);
      }
    }
    unclear.forEach((chain, candidates) -> {
      Candidate named = named(chain, candidates);
      if (named != null) {
        choose(chain, named);
      }
    });
    unclear.forEach((chain, candidates) -> {
      if (!chosen.containsKey(chain)) {
        choose(chain, nearest(chain, candidates));
      }
    });
    Map<String, Double> epsilons = epsilons();
    List<RestoredChain> restored = new ArrayList<>();
    for (PerChannelChain chain : chains) {
      Candidate candidate = chosen.get(chain);
      if (candidate != null) {
        double epsilon = epsilons.getOrDefault(candidate.module(), Double.NaN);
        if (candidate.fit.fits(epsilon)) {
          restored.add(new RestoredChain(chain, candidate.normalization, epsilon));
        }
      }
    }
    return restored;
  }

  private List<Candidate> candidates(PerChannelChain chain) {
    List<Candidate> candidates = new ArrayList<>();
    Scales scales = chain.scales();
    for (CheckpointNormalization normalization : checkpoint.normalizations(chain.count())) {
      EpsilonFit fit = EpsilonFit.of(normalization, scales, chain.shift(), null, chain.precision());
      if (fit != null) {
        candidates.add(new Candidate(normalization, fit));
      }
    }
    return candidates;
  }

  private void choose(PerChannelChain chain, Candidate candidate) {
    chosen.put(chain, candidate);
    used.add(candidate.module());
  }

  private static @Nullable Candidate named(PerChannelChain chain, List<Candidate> candidates) {
    String scope = ModulePaths.scope(chain.name());
    return candidates.stream()
        .filter(candidate -> !scope.isEmpty() && candidate.module().equals(scope))
        .findFirst()
        .orElse(null);
  }

  private Candidate nearest(PerChannelChain chain, List<Candidate> candidates) {
    String scope = ModulePaths.scope(chain.name());
    List<Candidate> unused =
        candidates.stream().filter(candidate -> !used.contains(candidate.module())).toList();
    // Of those as near the first: candidates are in the order of their names.
    return (unused.isEmpty() ? candidates : unused)
        .stream()
            .min(Comparator.comparingLong(one -> ModulePaths.distance(scope, one.module())))
            .orElseThrow();
  }

  private Map<String, Double> epsilons() {
    Map<String, List<EpsilonFit>> fits = new HashMap<>();
    chosen
        .values()
        .forEach(candidate ->
            fits.computeIfAbsent(candidate.module(), module -> new ArrayList<>())
                .add(candidate.fit));
    return Epsilons.of(fits);
  }
}
