package io.norma.runningstatistics;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.runningstatistics.StatisticsDocument.Vectors;
import io.norma.runningstatistics.TrafficSplit.Share;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.QuotedNames;
import io.norma.serving.ServingException;
import io.norma.store.StatisticsBytes;
import io.norma.store.StoreConflictException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Statistics sets of the models that are served, and which revision is active. */
public final class RunningStatisticsService {
  /** Words that stand where a set's name stands in a path. */
  private static final List<String> RESERVED = List.of("compare");

  private static final int MOST_PROBLEMS = 20;
  private static final String SPLIT = "split";

  private final ModelRepository repository;
  private final StatisticsStore store;
  private final Activations activations;
  private final StatisticsCatalog catalog;
  private final AgreementMonitor agreement;
  private final int maxSplit;

  RunningStatisticsService(
      ModelRepository repository,
      StatisticsStore store,
      Activations activations,
      StatisticsCatalog catalog,
      AgreementMonitor agreement,
      int maxSplit) {
    this.repository = repository;
    this.store = store;
    this.activations = activations;
    this.catalog = catalog;
    this.agreement = agreement;
    this.maxSplit = maxSplit;
  }

  /** A revision with its numbers. */
  public record Revision(RevisionMetadata metadata, RunningStatistics statistics) {}

  /** A revision that was added, and what its owner may not have meant. */
  public record Loaded(RevisionMetadata metadata, List<StatisticsWarning> warnings) {}

  /**
   * Adds a revision. One that comes with other weights than the model's is added, too; so is one
   * with other names, where they leave no choice.
   *
   * @param version {@code null} for the latest
   * @param expected as {@link StatisticsStore#add} has it
   * @throws ServingException if the document does not fit the model
   * @throws StoreConflictException if another revision is the newest
   */
  public Loaded load(
      String model,
      @Nullable Long version,
      String set,
      StatisticsDocument given,
      String by,
      @Nullable ExpectedNewest expected) {
    ServedModel served = repository.get(model, version);
    requireName(set);
    LayerMatch match = LayerMatch.of(served.network().batchNormalizations(), given);
    StatisticsDocument document = match.rename(given);
    RunningStatistics statistics = complete(served, document);
    List<StatisticsWarning> warnings = new ArrayList<>(match.warnings());
    warnings.addAll(OtherWeights.warnings(served, document.weights()));
    warnings.addAll(StatisticsWarning.ofOwnAffineParameters(statistics));
    NewRevision revision;
    try {
      revision =
          new NewRevision(
              statistics,
              by,
              document.source() == null ? "" : document.source(),
              document.sampleCount(),
              document.varianceConvention());
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid(String.valueOf(e.getMessage()), e);
    }
    RevisionMetadata added = store.add(served.identity(), set, revision, expected);
    catalog.forgetWhatWasSeen();
    return new Loaded(added, warnings);
  }

  static void requireName(String set) {
    try {
      RevisionName.requireSet(set);
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid(String.valueOf(e.getMessage()), e);
    }
    if (RESERVED.contains(set)) {
      throw new ServingException.Invalid("no statistics set can be called '" + set + "'");
    }
  }

  /** The layers of a document with those of its base, checked against the network. */
  private RunningStatistics complete(ServedModel model, StatisticsDocument document) {
    Network network = model.network();
    RunningStatistics base =
        document.base() == null
            ? null
            : catalog.unbound(model, catalog.resolve(model, document.base()));
    List<String> problems = new ArrayList<>();
    SequencedMap<String, ChannelStatistics> layers = new LinkedHashMap<>();
    for (BatchNormalizationLayer layer : network.batchNormalizations()) {
      Vectors vectors = document.layers().get(layer.name());
      if (vectors != null) {
        ChannelStatistics checked = check(network, layer, vectors, document.weights(), problems);
        if (checked != null) {
          layers.put(layer.name(), checked);
        }
      } else if (base != null) {
        layers.put(layer.name(), base.layer(layer.name()));
      } else {
        problems.add(
            "layer '%s' is missing: expected a mean and a variance of shape [%d]; give it, or a base"
                .formatted(layer.name(), layer.channels()));
      }
    }
    List<String> unused = unused(network, document);
    // Finding near names costs: those that are told are enough.
    unused.stream()
        .limit(MOST_PROBLEMS)
        .forEach(name -> problems.addAll(LayerFit.problems(network, name, 0, 0)));
    unused.addAll(document.ignored());
    if (!problems.isEmpty()) {
      int more = problems.size() - MOST_PROBLEMS;
      throw new ServingException.Invalid(
          "these running statistics do not fit model '%s' version %d: %s%s%s"
              .formatted(
                  model.name(),
                  model.version(),
                  String.join("; ", problems.subList(0, Math.min(MOST_PROBLEMS, problems.size()))),
                  more > 0 ? "; and " + more + " more" : "",
                  unused.isEmpty()
                      ? ""
                      : ". Found and not used: " + QuotedNames.of(unused, MOST_PROBLEMS)));
    }
    return new RunningStatistics(layers);
  }

  /** The document's layers that the network does not have. */
  private static List<String> unused(Network network, StatisticsDocument document) {
    Set<String> unused = new LinkedHashSet<>(document.layers().keySet());
    network.batchNormalizations().forEach(layer -> unused.remove(layer.name()));
    return new ArrayList<>(unused);
  }

  private static @Nullable ChannelStatistics check(
      Network network,
      BatchNormalizationLayer layer,
      Vectors vectors,
      SourceWeights weights,
      List<String> problems) {
    String name = layer.name();
    float[] mean = vectors.mean();
    float[] variance = vectors.variance();
    if (mean == null || variance == null) {
      problems.add("layer '%s' has no %s".formatted(name, mean == null ? "mean" : "variance"));
      return null;
    }
    List<String> misfits = LayerFit.problems(network, name, mean.length, variance.length);
    problems.addAll(misfits);
    if (!misfits.isEmpty()) {
      return null;
    }
    try {
      return new ChannelStatistics(mean, variance, LayerFit.affine(layer, vectors, weights));
    } catch (IllegalArgumentException e) {
      problems.add("layer '" + name + "': " + e.getMessage());
      return null;
    }
  }

  /**
   * A revision.
   *
   * @param name {@code set} for its newest, or {@code set@revision}
   * @throws ServingException.NotFound if it is not there
   */
  public Revision get(String model, @Nullable Long version, String name) {
    ServedModel served = repository.get(model, version);
    RevisionName resolved = catalog.resolve(served, name);
    return new Revision(metadata(served, resolved), catalog.unbound(served, resolved));
  }

  /** A revision without its numbers. */
  public RevisionMetadata metadata(String model, @Nullable Long version, String name) {
    ServedModel served = repository.get(model, version);
    return metadata(served, catalog.resolve(served, name));
  }

  private RevisionMetadata metadata(ServedModel model, RevisionName name) {
    NetworkIdentity network = model.identity();
    return name.equals(RevisionName.IMPORTED)
        ? imported(model)
        : store.find(network, name).orElseThrow(() -> catalog.unknown(network, name.toString()));
  }

  private static RevisionMetadata imported(ServedModel model) {
    RunningStatistics statistics = model.network().runningStatistics();
    return new RevisionMetadata(
        model.identity(),
        RevisionName.IMPORTED,
        StatisticsBytes.sha256(statistics),
        null,
        "",
        "the model's file",
        null,
        model.network().varianceConvention(),
        statistics.layers().values().stream().mapToLong(ChannelStatistics::channels).sum(),
        null);
  }

  /** Revisions of a set, the newest first; the one that came with the model is the last. */
  public List<RevisionMetadata> revisions(
      String model, @Nullable Long version, String set, int before, int limit) {
    ServedModel served = repository.get(model, version);
    requireName(set);
    List<RevisionMetadata> revisions =
        new ArrayList<>(store.revisions(served.identity(), set, before, limit));
    if (set.equals(RevisionName.IMPORTED.set())
        && before > RevisionName.IMPORTED.revision()
        && revisions.size() < limit) {
      revisions.add(imported(served));
    }
    if (revisions.isEmpty() && before == Integer.MAX_VALUE) {
      throw catalog.unknown(served.identity(), set);
    }
    return revisions;
  }

  /** Sets by name, the one that came with the model among them. */
  public List<SetSummary> sets(String model, @Nullable Long version, String after, int limit) {
    ServedModel served = repository.get(model, version);
    List<SetSummary> sets = new ArrayList<>(store.sets(served.identity(), after, limit));
    String name = RevisionName.IMPORTED.set();
    int position = 0;
    while (position < sets.size() && sets.get(position).newest().name().set().compareTo(name) < 0) {
      position++;
    }
    if (position < sets.size() && sets.get(position).newest().name().set().equals(name)) {
      SetSummary stored = sets.get(position);
      sets.set(position, new SetSummary(stored.newest(), stored.revisions() + 1));
    } else if (after.compareTo(name) < 0) {
      sets.add(position, new SetSummary(imported(served), 1));
    }
    return sets.subList(0, Math.min(limit, sets.size()));
  }

  /**
   * Deletes a set.
   *
   * @throws ServingException if it is not there, or came with the model
   * @throws StoreConflictException if one of its revisions is active
   */
  public void delete(String model, @Nullable Long version, String set) {
    ServedModel served = repository.get(model, version);
    requireName(set);
    NetworkIdentity key = served.identity();
    int deleted = store.delete(key, set);
    catalog.forgetWhatWasSeen();
    if (deleted == 0) {
      throw set.equals(RevisionName.IMPORTED.set()) ? cannotDelete() : catalog.unknown(key, set);
    }
  }

  /** Deletes a revision; errors as {@link #delete(String, Long, String)}. */
  public void delete(String model, @Nullable Long version, RevisionName name) {
    ServedModel served = repository.get(model, version);
    if (name.equals(RevisionName.IMPORTED)) {
      throw cannotDelete();
    }
    NetworkIdentity key = served.identity();
    boolean deleted = store.delete(key, name);
    catalog.forgetWhatWasSeen();
    if (!deleted) {
      throw catalog.unknown(key, name.toString());
    }
  }

  private static ServingException cannotDelete() {
    return new ServingException.Conflict(
        RevisionName.IMPORTED + " came with the model and goes with it: it cannot be deleted");
  }

  /** What requests get that name no revision. */
  public Active active(String model, @Nullable Long version) {
    ServedModel served = repository.get(model, version);
    return new Active(catalog.serving(served).split(), agreement.of(served.identity()));
  }

  /**
   * What requests get that name no revision.
   *
   * @param agreement how far those that share them agree, as far as this process has seen
   */
  public record Active(TrafficSplit split, List<AgreementMonitor.Agreement> agreement) {}

  /**
   * Activates a revision. Requests that have begun end with what they began with; those that begin
   * after this returns get this one.
   *
   * @param revision {@code null} for the newest
   * @param reason why, in the caller's words
   * @throws ServingException.InvalidField if the reason is too long
   */
  public Activation activate(
      String model,
      @Nullable Long version,
      String set,
      @Nullable Integer revision,
      String by,
      @Nullable String reason) {
    ServedModel served = repository.get(model, version);
    return activate(served, TrafficSplit.whole(resolve(served, set, revision)), by, reason);
  }

  /** A revision, and the percentage of requests that it is to get; the newest without a number. */
  public record Weight(String set, @Nullable Integer revision, double percent) {}

  /**
   * Shares requests that name no revision among several, all at once, as {@link #activate(String,
   * Long, String, Integer, String, String)} gives them to one.
   *
   * @throws ServingException.InvalidField if the weights do not sum to 100, a revision is there
   *     twice, or there are more than allowed
   * @throws ServingException.NotFound if one of them is not there
   */
  public Activation activate(
      String model,
      @Nullable Long version,
      List<Weight> weights,
      String by,
      @Nullable String reason) {
    ServedModel served = repository.get(model, version);
    if (weights.isEmpty() || weights.size() > maxSplit) {
      throw invalidSplit(
          "must have 1 to %d revisions (norma.running-statistics.max-split), but has %d"
              .formatted(maxSplit, weights.size()));
    }
    TrafficSplit split;
    try {
      List<Share> shares = new ArrayList<>();
      for (Weight weight : weights) {
        RevisionName name = resolve(served, weight.set(), weight.revision());
        shares.add(Share.ofPercent(name, weight.percent()));
      }
      split = new TrafficSplit(shares);
    } catch (IllegalArgumentException e) {
      throw invalidSplit(String.valueOf(e.getMessage()));
    }
    return activate(served, split, by, reason);
  }

  private static ServingException invalidSplit(String message) {
    return new ServingException.InvalidField(SPLIT, "'" + SPLIT + "' " + message);
  }

  private RevisionName resolve(ServedModel model, String set, @Nullable Integer revision) {
    return catalog.resolve(model, revision == null ? set : set + "@" + revision);
  }

  private Activation activate(
      ServedModel served, TrafficSplit split, String by, @Nullable String reason) {
    String kept = Activation.reason(reason);
    // Read before they are active, so that the first request does not wait for them.
    split.names().forEach(name -> catalog.bound(served, name));
    Activation activation = activations.activate(served.identity(), split, by, kept);
    catalog.takeUp(served, activation);
    return activation;
  }

  /** Activates what was active before; the reason as above. */
  public Activation rollback(
      String model, @Nullable Long version, String by, @Nullable String reason) {
    ServedModel served = repository.get(model, version);
    Activation activation = activations.rollback(served.identity(), by, Activation.reason(reason));
    catalog.takeUp(served, activation);
    return activation;
  }

  /** Activations, the newest first. */
  public List<Activation> history(String model, @Nullable Long version, long before, int limit) {
    return activations.history(repository.get(model, version).identity(), before, limit);
  }
}
