package io.norma.runningstatistics;

import io.norma.network.BatchNormalizationLayer;
import io.norma.runningstatistics.StatisticsDocument.Vectors;
import io.norma.runningstatistics.StatisticsWarning.Code;
import io.norma.serving.QuotedNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Which layers of a network those of a document are. By their names, if those are the network's;
 * else by the first of these that leaves no choice:
 *
 * <ol>
 *   <li>they are the same names written in another framework's way: {@code layer1/bn1/vars};
 *   <li>all have one beginning too many, or lack one: {@code module.bn1};
 *   <li>each name ends with that of one layer: {@code bn1/sequential/bn1};
 *   <li>no two layers have the same number of channels;
 *   <li>γ and β came along, and are those of one layer each.
 * </ol>
 *
 * Order is no witness: files list layers by the alphabet, by the order of their making or of their
 * use.
 *
 * @param names of the document's layers by the network's
 * @param how they were found, if not by name
 * @param prefix what the document's names have before the network's
 */
record LayerMatch(SequencedMap<String, String> names, @Nullable String how, String prefix) {
  private static final int MOST_NAMES = 5;

  /** Finds the layers; where nothing leaves no choice, those of the very names. */
  static LayerMatch of(List<BatchNormalizationLayer> layers, StatisticsDocument document) {
    return new Search(layers, document).find();
  }

  /** The document in the network's names; what was not found keeps its own. */
  StatisticsDocument rename(StatisticsDocument document) {
    if (how == null && prefix.isEmpty() && names.entrySet().stream().allMatch(LayerMatch::same)) {
      return document;
    }
    SequencedMap<String, Vectors> layers = new LinkedHashMap<>(document.layers());
    Map<String, Vectors> renamed = new LinkedHashMap<>();
    names.forEach((network, given) -> {
      Vectors vectors = layers.remove(given);
      if (vectors != null) {
        renamed.put(network, vectors);
      }
    });
    layers.putAll(renamed);
    return new StatisticsDocument(
        document.source(),
        document.sampleCount(),
        document.varianceConvention(),
        document.base(),
        layers,
        document.ignored(),
        new Renamed(document.weights(), names, prefix));
  }

  private static boolean same(Map.Entry<String, String> entry) {
    return entry.getKey().equals(entry.getValue());
  }

  /** What the owner should know about how layers were found. */
  List<StatisticsWarning> warnings() {
    if (how == null) {
      return List.of();
    }
    List<String> pairs =
        names.entrySet().stream().map(e -> e.getValue() + " → " + e.getKey()).toList();
    return List.of(
        new StatisticsWarning(
            Code.OTHER_NAMES,
            "The layers' names are not the model's; %s: %s."
                .formatted(how, QuotedNames.of(pairs, MOST_NAMES)),
            List.copyOf(names.values())));
  }

  /** Weights by the network's names. */
  private record Renamed(SourceWeights weights, Map<String, String> names, String prefix)
      implements SourceWeights {
    @Override
    public @Nullable SourceWeight gamma(String layer) {
      return weights.gamma(names.getOrDefault(layer, layer));
    }

    @Override
    public @Nullable SourceWeight beta(String layer) {
      return weights.beta(names.getOrDefault(layer, layer));
    }

    @Override
    public OptionalDouble epsilon(String layer) {
      return weights.epsilon(names.getOrDefault(layer, layer));
    }

    @Override
    public @Nullable SourceWeight parameter(String name) {
      return weights.parameter(prefix + name);
    }
  }

  private static final class Search {
    private final SequencedMap<String, BatchNormalizationLayer> layers = new LinkedHashMap<>();
    private final StatisticsDocument document;
    private final Set<String> found;

    Search(List<BatchNormalizationLayer> layers, StatisticsDocument document) {
      layers.forEach(layer -> this.layers.putIfAbsent(layer.name(), layer));
      this.document = document;
      this.found = document.layers().keySet();
    }

    LayerMatch find() {
      SequencedMap<String, String> same = new LinkedHashMap<>();
      found.stream().filter(layers::containsKey).forEach(name -> same.put(name, name));
      LayerMatch bySameName = new LayerMatch(same, null, "");
      // With more layers than the network has, there is one too many in any case.
      if (same.size() == found.size() || found.size() > layers.size()) {
        return bySameName;
      }
      SequencedMap<String, String> ours = plain(layers.keySet());
      SequencedMap<String, String> theirs = plain(found);
      LayerMatch match = ours == null || theirs == null ? null : bySpelling(ours, theirs);
      if (match == null && !same.isEmpty()) {
        return bySameName;
      }
      if (match == null) {
        match = byPrefix(identity(layers.keySet()), identity(found));
      }
      if (match == null && ours != null && theirs != null) {
        match = byPrefix(ours, theirs);
        if (match == null) {
          match = byEnding(ours, theirs);
        }
      }
      if (match == null) {
        match = byNumbers();
      }
      return match == null ? bySameName : match;
    }

    private static SequencedMap<String, String> identity(Set<String> names) {
      SequencedMap<String, String> identity = new LinkedHashMap<>();
      names.forEach(name -> identity.put(name, name));
      return identity;
    }

    /** Names in one spelling to those in their own, or {@code null} if two become the same. */
    private static @Nullable SequencedMap<String, String> plain(Set<String> names) {
      SequencedMap<String, String> plain = new LinkedHashMap<>();
      for (String name : names) {
        String spelled = name.replaceAll("[./:]+", ".").replaceFirst("(^|\\.)vars$", "");
        if (plain.put(spelled, name) != null) {
          return null;
        }
      }
      return plain;
    }

    private static @Nullable LayerMatch bySpelling(
        SequencedMap<String, String> ours, SequencedMap<String, String> theirs) {
      SequencedMap<String, String> names = new LinkedHashMap<>();
      for (Map.Entry<String, String> their : theirs.entrySet()) {
        String own = ours.get(their.getKey());
        if (own == null) {
          return null;
        }
        names.put(own, their.getValue());
      }
      return new LayerMatch(names, null, "");
    }

    /** One beginning that all names of one side have before those of the other. */
    private static @Nullable LayerMatch byPrefix(
        SequencedMap<String, String> ours, SequencedMap<String, String> theirs) {
      List<LayerMatch> matches = new ArrayList<>();
      String first = theirs.firstEntry().getKey();
      for (String name : ours.keySet()) {
        if (endsWith(first, name)) {
          String prefix = first.substring(0, first.length() - name.length());
          addIfAll(matches, ours, theirs, prefix, true);
        } else if (endsWith(name, first)) {
          String prefix = name.substring(0, name.length() - first.length());
          addIfAll(matches, ours, theirs, prefix, false);
        }
      }
      if (matches.size() > 1) {
        matches.removeIf(match -> match.names().size() < ours.size());
      }
      return matches.size() == 1 ? matches.getFirst() : null;
    }

    private static boolean endsWith(String name, String ending) {
      int before = name.length() - ending.length() - 1;
      return before >= 0
          && !ending.isEmpty()
          && name.endsWith(ending)
          && (name.charAt(before) == '.' || name.charAt(before) == '/');
    }

    private static void addIfAll(
        List<LayerMatch> matches,
        SequencedMap<String, String> ours,
        SequencedMap<String, String> theirs,
        String prefix,
        boolean tooMuch) {
      SequencedMap<String, String> names = new LinkedHashMap<>();
      for (Map.Entry<String, String> their : theirs.entrySet()) {
        String name = their.getKey();
        String plain =
            tooMuch
                ? name.startsWith(prefix) ? name.substring(prefix.length()) : ""
                : prefix + name;
        String own = ours.get(plain);
        if (own == null) {
          return;
        }
        names.put(own, their.getValue());
      }
      matches.add(
          new LayerMatch(
              names,
              tooMuch
                  ? "the beginning '" + prefix + "' of all was left away"
                  : "the beginning '" + prefix + "' was put before all",
              tooMuch ? prefix : ""));
    }

    private @Nullable LayerMatch byEnding(
        SequencedMap<String, String> ours, SequencedMap<String, String> theirs) {
      Map<String, String> plainOurs = inverse(ours);
      Map<String, String> plainTheirs = inverse(theirs);
      SequencedMap<String, String> names =
          unique((own, their) -> endsWith(plain(plainTheirs, their), plain(plainOurs, own)));
      return names == null
          ? null
          : new LayerMatch(names, "each was taken for the layer whose name it ends with", "");
    }

    private static Map<String, String> inverse(Map<String, String> map) {
      Map<String, String> inverse = new HashMap<>();
      map.forEach((key, value) -> inverse.put(value, key));
      return inverse;
    }

    private static String plain(Map<String, String> names, String name) {
      return names.getOrDefault(name, name);
    }

    private @Nullable LayerMatch byNumbers() {
      SequencedMap<String, String> names = unique(this::sameChannels);
      if (names != null && names.size() == layers.size()) {
        return new LayerMatch(
            names, "each was taken for the layer with its number of channels", "");
      }
      names = unique((own, their) -> sameChannels(own, their) && sameWeights(own, their));
      return names != null
              && (names.size() == layers.size() || found.stream().allMatch(this::hasWeights))
          ? new LayerMatch(names, "each was taken for the layer with its gamma and beta", "")
          : null;
    }

    private boolean sameChannels(String own, String their) {
      BatchNormalizationLayer layer = layers.get(own);
      Vectors vectors = document.layers().get(their);
      float[] mean = vectors == null ? null : vectors.mean();
      float[] variance = vectors == null ? null : vectors.variance();
      return layer != null
          && mean != null
          && variance != null
          && mean.length == layer.channels()
          && variance.length == layer.channels();
    }

    private boolean sameWeights(String own, String their) {
      BatchNormalizationLayer layer = layers.get(own);
      return layer != null
          && same(layer.gamma(), document.weights().gamma(their))
          && same(layer.beta(), document.weights().beta(their));
    }

    private boolean hasWeights(String their) {
      return document.weights().gamma(their) != null || document.weights().beta(their) != null;
    }

    private static boolean same(float[] own, @Nullable SourceWeight other) {
      return other == null || WeightDistance.between(SourceWeight.of(own), other) == null;
    }

    /** The pairs of a relation, if it has exactly one layer for each, and each but once. */
    private @Nullable SequencedMap<String, String> unique(BiPredicate<String, String> related) {
      SequencedMap<String, String> names = new LinkedHashMap<>();
      Set<String> once = new HashSet<>();
      for (String own : layers.keySet()) {
        for (String their : found) {
          if (related.test(own, their) && (names.put(own, their) != null || !once.add(their))) {
            return null;
          }
        }
      }
      return once.size() == found.size() ? names : null;
    }
  }
}
