package io.norma.serving.statistics;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.serving.ServedModel;
import io.norma.serving.ServingException;
import io.norma.store.Activations;
import io.norma.store.ModelVersion;
import io.norma.store.RevisionMetadata;
import io.norma.store.RevisionName;
import io.norma.store.SetSummary;
import io.norma.store.StatisticsStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
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
  private final Map<ModelVersion, Active> active = new ConcurrentHashMap<>();
  private volatile Known known = new Known();

  StatisticsCatalog(
      StatisticsStore store,
      Activations activations,
      long cacheBytes,
      List<ActivationObserver> observers) {
    this.store = store;
    this.activations = activations;
    this.observers = List.copyOf(observers);
    bound = cache(cacheBytes);
    unbound = cache(cacheBytes);
  }

  private static <T> Cache<Key, T> cache(long bytes) {
    return Caffeine.newBuilder()
        .maximumWeight(bytes)
        // What is evicted goes before the call returns, not when another thread finds the time.
        .executor(Runnable::run)
        .<Key, T>weigher((key, value) -> (int) Math.min(Integer.MAX_VALUE, key.bytes()))
        .build();
  }

  static ModelVersion versionOf(ServedModel model) {
    return new ModelVersion(model.name(), model.version());
  }

  /** What a request gets that names none. */
  NamedStatistics active(ServedModel model) {
    Active entry = active.get(versionOf(model));
    return entry != null && entry.model() == model ? entry.statistics() : activate(model);
  }

  /** Reads from the database what is active, and serves it from now on. */
  private NamedStatistics activate(ServedModel model) {
    // The database is read inside: of two activations, the later one is the last to be put.
    return active
        .compute(versionOf(model), (version, before) -> latest(version, model, before))
        .statistics();
  }

  private Active latest(ModelVersion version, ServedModel model, @Nullable Active before) {
    RevisionName name = activations.active(version);
    if (before != null && before.model() == model && before.statistics().name().equals(name)) {
      return before;
    }
    Active now = new Active(model, bound(model, name));
    observers.forEach(observer -> observer.serves(version, name));
    return now;
  }

  /**
   * The revision that a request means.
   *
   * @param text {@code set} for its newest revision, or {@code set@revision}
   * @throws ServingException.NotFound if it is not there; the message has those that are
   */
  RevisionName resolve(ServedModel model, String text) {
    ModelVersion version = versionOf(model);
    Known current = known;
    RevisionName name;
    try {
      name = text.indexOf('@') >= 0 ? RevisionName.parse(text) : newest(version, text, current);
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid(String.valueOf(e.getMessage()), e);
    }
    if (name == null || !isThere(version, name, current)) {
      throw unknown(version, text);
    }
    return name;
  }

  private @Nullable RevisionName newest(ModelVersion version, String set, Known current) {
    RevisionName name = current.newest().get(new SetKey(version, set));
    if (name != null) {
      return name;
    }
    Optional<RevisionName> found =
        store.newest(version, RevisionName.requireSet(set)).map(RevisionMetadata::name);
    if (found.isEmpty()) {
      return set.equals(RevisionName.IMPORTED.set()) ? RevisionName.IMPORTED : null;
    }
    current.newest().put(new SetKey(version, set), found.get());
    return found.get();
  }

  private boolean isThere(ModelVersion version, RevisionName name, Known current) {
    if (name.equals(RevisionName.IMPORTED)) {
      return true;
    }
    RevisionKey key = new RevisionKey(version, name);
    if (current.revisions().containsKey(key)) {
      return true;
    }
    boolean there = store.find(version, name).isPresent();
    if (there) {
      current.revisions().put(key, true);
    }
    return there;
  }

  ServingException unknown(ModelVersion version, String text) {
    Stream<String> stored =
        store.sets(version, "", NAMES_IN_ERROR).stream()
            .map(SetSummary::newest)
            .map(newest -> newest.name().toString());
    String names =
        Stream.concat(Stream.of(RevisionName.IMPORTED.toString()), stored)
            .collect(Collectors.joining(", "));
    return new ServingException.NotFound(
        "model '%s' version %d has no running statistics '%s'; the newest of its sets are: %s"
            .formatted(version.model(), version.version(), text, names));
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
    Key key = new Key(versionOf(model), model.sha256(), name, bytes(model));
    NamedStatistics statistics = bound.getIfPresent(key);
    if (statistics == null) {
      statistics = new NamedStatistics(name, model.plan().bind(fitting(model, name)));
      bound.put(key, statistics);
    }
    return statistics;
  }

  /** A revision's own numbers. */
  RunningStatistics unbound(ServedModel model, RevisionName name) {
    if (name.equals(RevisionName.IMPORTED)) {
      return model.network().runningStatistics();
    }
    Key key = new Key(versionOf(model), model.sha256(), name, bytes(model));
    RunningStatistics statistics = unbound.getIfPresent(key);
    if (statistics == null) {
      statistics = fitting(model, name);
      unbound.put(key, statistics);
    }
    return statistics;
  }

  private RunningStatistics fitting(ServedModel model, RevisionName name) {
    ModelVersion version = versionOf(model);
    RunningStatistics statistics =
        store.load(version, name).orElseThrow(() -> unknown(version, name.toString()));
    List<String> problems = LayerFit.problems(model.network(), statistics);
    if (!problems.isEmpty()) {
      throw new ServingException.Unavailable(
          "running statistics '%s' were loaded for another network under the name '%s' version %d: %s"
              .formatted(name, model.name(), model.version(), String.join("; ", problems)),
          null);
    }
    return statistics;
  }

  private static long bytes(ServedModel model) {
    return 8
        * model.network().batchNormalizations().stream().mapToLong(layer -> layer.channels()).sum();
  }

  /** Takes up what changed in the database. */
  void refresh() {
    known = new Known();
    active.forEach((version, entry) -> {
      try {
        // Only if it is still there: what was forgotten meanwhile stays so.
        active.computeIfPresent(version, (_, before) -> latest(version, before.model(), before));
      } catch (ServingException | DataAccessException e) {
        LOG.error(
            "model {} goes on with {}, since what is active now cannot be taken up: {}",
            version,
            entry.statistics().name(),
            e.getMessage());
      }
    });
  }

  /** Takes up what is active for a model that is new, so that its first request need not wait. */
  void prepare(ServedModel model) {
    try {
      NamedStatistics statistics = active(model);
      LOG.debug("model {} begins with {}", versionOf(model), statistics.name());
    } catch (ServingException | DataAccessException e) {
      LOG.error("what is active for model {} cannot be read: {}", versionOf(model), e.getMessage());
    }
  }

  /** Forgets a model that is no longer served. */
  void forget(ModelVersion version) {
    active.computeIfPresent(
        version,
        (_, _) -> {
          observers.forEach(observer -> observer.forgets(version));
          return null;
        });
  }

  private record Active(ServedModel model, NamedStatistics statistics) {}

  /**
   * @param sha256 of the model's file: other numbers fit another file under the same name
   * @param bytes weight in the cache
   */
  private record Key(ModelVersion version, String sha256, RevisionName name, long bytes) {}

  private record SetKey(ModelVersion version, String set) {}

  private record RevisionKey(ModelVersion version, RevisionName name) {}

  /** What the database was seen to hold since the last change; replaced whole by the next one. */
  private record Known(Map<SetKey, RevisionName> newest, Map<RevisionKey, Boolean> revisions) {
    Known() {
      this(new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }
  }
}
