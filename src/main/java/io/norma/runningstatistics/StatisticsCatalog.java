package io.norma.runningstatistics;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.models.ModelFile.Origin;
import io.norma.models.ServedModel;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import io.norma.store.Networks;
import io.norma.store.StatisticsBytes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * The revisions that requests run with, in memory. Reading what is active takes no lock and never
 * waits for the database: a request holds one immutable reference from its start to its end.
 *
 * <p>A revision costs two floats per channel here. Those that are not active share {@link
 * RunningStatisticsSettings#cache}; so do, again, the unbound numbers that blending needs.
 */
final class StatisticsCatalog {
  private static final Logger LOG = LoggerFactory.getLogger(StatisticsCatalog.class);
  private static final int NAMES_IN_ERROR = 20;

  private final StatisticsStore store;
  private final Activations activations;
  private final Cache<Key, NamedStatistics> bound;
  private final Cache<Key, RunningStatistics> unbound;
  private final List<ActivationObserver> observers;
  private final Networks networks;

  /** The models that are there to be asked; of others nothing is kept. */
  private final Set<ServedModel> served = ConcurrentHashMap.newKeySet();

  private final Map<NetworkIdentity, Active> active = new ConcurrentHashMap<>();
  private volatile Known known = new Known();

  StatisticsCatalog(
      Networks networks,
      StatisticsStore store,
      Activations activations,
      long cacheBytes,
      List<ActivationObserver> observers) {
    this.networks = networks;
    this.store = store;
    this.activations = activations;
    this.observers = List.copyOf(observers);
    bound = cache(cacheBytes, statistics -> statistics.normalization().rows().of(0, 1).bytes());
    unbound = cache(cacheBytes, RunningStatistics::bytes);
  }

  private static <T> Cache<Key, T> cache(long bytes, ToLongFunction<T> weight) {
    return Caffeine.newBuilder()
        .maximumWeight(bytes)
        // What is evicted goes before the call returns, not when another thread finds the time.
        .executor(Runnable::run)
        .<Key, T>weigher((_, value) -> (int) Math.min(Integer.MAX_VALUE, weight.applyAsLong(value)))
        .build();
  }

  /** What a request gets that names none, and is not to be shared out: the largest share. */
  NamedStatistics active(ServedModel model) {
    return serving(model).primary();
  }

  /** The revisions that requests get which name none. */
  Serving serving(ServedModel model) {
    Active entry = active.get(model.identity());
    return entry != null && entry.model() == model ? entry.serving() : activate(model);
  }

  /**
   * Revisions made ready that share the requests.
   *
   * @param statistics one for each share, in order
   */
  record Serving(TrafficSplit split, NamedStatistics primary, List<NamedStatistics> statistics) {
    /** The one whose share a point from 0 to 1 lies in. */
    NamedStatistics at(double point) {
      return statistics.get(split.at(point));
    }
  }

  /** Reads from the database what is active, and serves it from now on. */
  private Serving activate(ServedModel model) {
    // The database is read inside: of two activations, the later one is the last to be put.
    Active entry =
        active.compute(
            model.identity(),
            (_, before) -> served.contains(model) ? latest(model, before) : before);
    return entry != null && entry.model() == model
        ? entry.serving()
        : bound(model, activations.active(model.identity()), null);
  }

  private Active latest(ServedModel model, @Nullable Active before) {
    Optional<Activation> latest = activations.latest(model.identity());
    TrafficSplit split =
        latest.map(Activation::split).orElseGet(() -> TrafficSplit.whole(RevisionName.IMPORTED));
    long activation = latest.map(Activation::id).orElse(0L);
    return serving(model, split, activation, before);
  }

  private Active serving(
      ServedModel model, TrafficSplit split, long activation, @Nullable Active before) {
    Active same = before != null && before.model() == model ? before : null;
    if (same != null && same.activation() == activation) {
      return same;
    }
    Serving serving = bound(model, split, same == null ? null : same.serving());
    Active now = new Active(model, serving, activation);
    observers.forEach(observer -> observer.serves(model.identity(), split));
    return now;
  }

  /**
   * Makes ready what shares the requests.
   *
   * @param before what of it is ready already
   */
  private Serving bound(ServedModel model, TrafficSplit split, @Nullable Serving before) {
    Map<RevisionName, NamedStatistics> ready = new LinkedHashMap<>();
    if (before != null) {
      before.statistics().forEach(statistics -> ready.put(statistics.name(), statistics));
    }
    List<NamedStatistics> statistics =
        split.names().map(name -> ready.computeIfAbsent(name, n -> bound(model, n))).toList();
    return new Serving(split, Objects.requireNonNull(ready.get(split.primary())), statistics);
  }

  /**
   * The revision that a request means.
   *
   * @param text {@code set} for its newest revision, or {@code set@revision}
   * @throws ServingException.NotFound if it is not there; the message has those that are
   */
  RevisionName resolve(ServedModel model, String text) {
    NetworkIdentity network = model.identity();
    Known current = known;
    RevisionName name;
    try {
      name = text.indexOf('@') >= 0 ? RevisionName.parse(text) : newest(network, text, current);
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid(String.valueOf(e.getMessage()), e);
    }
    if (name == null || !isThere(network, name, current)) {
      throw unknown(network, text);
    }
    return name;
  }

  private @Nullable RevisionName newest(NetworkIdentity network, String set, Known current) {
    RevisionName name = current.newest().get(new SetKey(network, set));
    if (name != null) {
      return name;
    }
    Optional<RevisionName> found =
        store.newest(network, RevisionName.requireSet(set)).map(RevisionMetadata::name);
    if (found.isEmpty()) {
      return set.equals(RevisionName.IMPORTED.set()) ? RevisionName.IMPORTED : null;
    }
    current.newest().put(new SetKey(network, set), found.get());
    return found.get();
  }

  private boolean isThere(NetworkIdentity network, RevisionName name, Known current) {
    if (name.equals(RevisionName.IMPORTED)) {
      return true;
    }
    return stored(network, name, current) != null;
  }

  /** The SHA-256 of a revision that is in the database. */
  private @Nullable String stored(NetworkIdentity network, RevisionName name, Known current) {
    RevisionKey key = new RevisionKey(network, name);
    String seen = current.revisions().get(key);
    if (seen != null) {
      return seen;
    }
    String sha256 = store.find(network, name).map(RevisionMetadata::sha256).orElse(null);
    if (sha256 != null) {
      current.revisions().put(key, sha256);
    }
    return sha256;
  }

  /**
   * The SHA-256 of a revision's numbers, as its metadata have it.
   *
   * @throws ServingException.NotFound if it is not there
   */
  String sha256(ServedModel model, RevisionName name) {
    if (name.equals(RevisionName.IMPORTED)) {
      return StatisticsBytes.sha256(model.network().runningStatistics());
    }
    String sha256 = stored(model.identity(), name, known);
    if (sha256 == null) {
      throw unknown(model.identity(), name.toString());
    }
    return sha256;
  }

  ServingException unknown(NetworkIdentity network, String text) {
    Stream<String> stored =
        store.sets(network, "", NAMES_IN_ERROR).stream()
            .map(SetSummary::newest)
            .map(newest -> newest.name().toString());
    String names =
        Stream.concat(Stream.of(RevisionName.IMPORTED.toString()), stored)
            .collect(Collectors.joining(", "));
    String others =
        store.othersWithSets(network).stream()
            .map(NetworkIdentity::sha256)
            .collect(Collectors.joining(", "));
    return new ServingException.NotFound(
        "model '%s' version %d has no running statistics '%s'; the newest of its sets are: %s%s"
            .formatted(
                network.model(),
                network.version(),
                text,
                names,
                others.isEmpty()
                    ? ""
                    : "; other networks that had this name have sets of their own, which fit only"
                        + " them: their SHA-256 are %s, this one's is %s"
                            .formatted(others, network.sha256())));
  }

  /**
   * A revision that is there, made ready.
   *
   * @throws ServingException if it has been deleted, or no longer fits the model
   */
  NamedStatistics bound(ServedModel model, RevisionName name) {
    if (name.equals(RevisionName.IMPORTED)) {
      return new NamedStatistics(name, model.defaultStatistics());
    }
    return kept(
        bound, model, name, () -> new NamedStatistics(name, model.bind(fitting(model, name))));
  }

  /** A revision's own numbers. */
  RunningStatistics unbound(ServedModel model, RevisionName name) {
    if (name.equals(RevisionName.IMPORTED)) {
      return model.network().runningStatistics();
    }
    return kept(unbound, model, name, () -> fitting(model, name));
  }

  /** From the cache; who comes while it is being read waits for it. */
  private <T> T kept(Cache<Key, T> cache, ServedModel model, RevisionName name, Supplier<T> read) {
    Key key = new Key(model, name);
    T value = cache.get(key, _ -> read.get());
    if (!served.contains(model)) {
      // A request that outlives its model must not keep it.
      cache.invalidate(key);
    }
    return value;
  }

  private RunningStatistics fitting(ServedModel model, RevisionName name) {
    NetworkIdentity network = model.identity();
    RunningStatistics statistics =
        store.load(network, name).orElseThrow(() -> unknown(network, name.toString()));
    List<String> problems = LayerFit.problems(model.network(), statistics);
    if (!problems.isEmpty()) {
      throw new ServingException.Unavailable(
          "running statistics '%s' of model '%s' version %d do not fit its network: %s"
              .formatted(name, network.model(), network.version(), String.join("; ", problems)),
          null);
    }
    return LayerFit.complete(model.network(), statistics);
  }

  /** What requests name is looked for in the database again. */
  void forgetWhatWasSeen() {
    known = new Known();
  }

  /**
   * Takes up what this replica has just activated, from what it knows: to read the database once
   * more could fail, after the change is there for good.
   *
   * @param activation {@code null} if nothing was activated
   */
  void takeUp(ServedModel model, @Nullable Activation activation) {
    forgetWhatWasSeen();
    if (activation == null) {
      return;
    }
    try {
      // Not if it was already replaced by a later one.
      active.computeIfPresent(
          model.identity(),
          (_, before) ->
              before.model() == model && before.activation() < activation.id()
                  ? serving(model, activation.split(), activation.id(), before)
                  : before);
    } catch (ServingException | DataAccessException e) {
      LOG.warn("{} of model {} will be served later", activation.split(), model.identity(), e);
    }
  }

  /**
   * Takes up what changed in the database.
   *
   * @return whether all of it could be read
   */
  boolean refresh() {
    forgetWhatWasSeen();
    boolean complete = true;
    for (NetworkIdentity network : active.keySet()) {
      try {
        // Only if it is still there: what was forgotten meanwhile stays so.
        active.computeIfPresent(network, (_, before) -> latest(before.model(), before));
      } catch (ServingException e) {
        LOG.error("what is active for model {} is not served: {}", network, e.getMessage());
      } catch (DataAccessException e) {
        complete = false;
        LOG.warn("what is active for model {} cannot be read yet: {}", network, e.getMessage());
      }
    }
    return complete;
  }

  /** Takes up what is active for a model that is new, so that its first request need not wait. */
  void prepare(ServedModel model) {
    served.add(model);
    try {
      if (model.origin() != Origin.UPLOADED) {
        networks.revive(model.identity());
      }
      identify(model);
      Serving serving = serving(model);
      LOG.debug("model {} begins with {}", model.identity(), serving.split());
    } catch (ServingException | DataAccessException e) {
      LOG.error("what is active for model {} cannot be read: {}", model.identity(), e.getMessage());
    }
  }

  /** Gives it what was stored under its name by a program that did not know networks apart. */
  private void identify(ServedModel model) {
    NetworkIdentity network = model.identity();
    Optional<NetworkIdentity> unidentified = networks.unidentified(network.name());
    if (unidentified.isEmpty()) {
      return;
    }
    Optional<RunningStatistics> stored =
        store.load(unidentified.get(), activations.active(unidentified.get()).primary());
    if (stored.isPresent() && !LayerFit.problems(model.network(), stored.get()).isEmpty()) {
      LOG.warn("what is stored for model {} is of another network, and left alone", network.name());
    } else if (networks.identify(network)) {
      LOG.info("what was stored for model {} belongs to {} from now on", network.name(), network);
    }
  }

  /** Forgets a model that is no longer served. */
  void forget(ServedModel model) {
    served.remove(model);
    active.computeIfPresent(
        model.identity(),
        (_, entry) -> {
          if (entry.model() != model) {
            return entry;
          }
          observers.forEach(observer -> observer.forgets(model.identity()));
          return null;
        });
    bound.asMap().keySet().removeIf(key -> key.model() == model);
    unbound.asMap().keySet().removeIf(key -> key.model() == model);
  }

  /**
   * What is served to requests that name nothing.
   *
   * @param activation id of the activation; they grow
   */
  private record Active(ServedModel model, Serving serving, long activation) {}

  /**
   * @param model other numbers fit another network under the same name
   */
  private record Key(ServedModel model, RevisionName name) {}

  private record SetKey(NetworkIdentity network, String set) {}

  private record RevisionKey(NetworkIdentity network, RevisionName name) {}

  /**
   * What the database was seen to hold since the last change; replaced whole by the next one.
   *
   * @param revisions with the SHA-256 of each
   */
  private record Known(Map<SetKey, RevisionName> newest, Map<RevisionKey, String> revisions) {
    Known() {
      this(new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }
  }
}
