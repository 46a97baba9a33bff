package io.norma.models;

import io.norma.models.ModelFile.Origin;
import io.norma.models.ModelSettings.Readiness;
import io.norma.serving.ModelVersion;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The models that are served, by name and version. Reading takes no lock; a version appears,
 * changes and disappears at once. What is loaded when, is decided by {@link ModelLifecycle} and
 * {@link ModelUploads}; they change a model only while they hold its lock.
 */
public final class ModelRepository {
  private final List<ModelObserver> observers;
  private final Map<String, SortedMap<Long, State>> models = new ConcurrentHashMap<>();
  private final Map<ModelVersion, String> refused = new ConcurrentHashMap<>();
  private final Readiness readiness;
  private volatile boolean started;

  /**
   * @param readiness which models must be there at the start
   */
  public ModelRepository(List<ModelObserver> observers, Readiness readiness) {
    this.observers = List.copyOf(observers);
    this.readiness = readiness;
  }

  /** What there is to say of one version. */
  public sealed interface State {
    /** It answers. */
    record Ready(ServedModel model) implements State {}

    /** It is being loaded for the first time. */
    record Loading() implements State {}

    /**
     * It does not answer.
     *
     * @param reason why
     * @param origin where its file came from
     * @param sha256 of its bytes, where that is known
     * @param isForNow whether the same bytes may be loaded another time
     */
    record Unavailable(String reason, Origin origin, @Nullable String sha256, boolean isForNow)
        implements State {}
  }

  /** One line of the index. */
  public record Entry(String name, long version, State state) {}

  /** Notes that everything that was there at the start has been loaded. */
  void started() {
    started = true;
  }

  /** Whether everything that was there at the start has been loaded. */
  public boolean isStarted() {
    return started;
  }

  /** Whether requests shall come: what has to be loaded first has been. */
  public boolean isReady() {
    return started
        || (readiness == Readiness.ANY
            && index().stream().anyMatch(entry -> entry.state() instanceof State.Ready));
  }

  /** Notes that a version that is not known is being loaded, so that nobody else loads it, too. */
  void begin(String name, long version) {
    change(
        name,
        states -> {
          states.putIfAbsent(version, new State.Loading());
          return states;
        });
  }

  /** Forgets a version whose loading came to nothing, unless it was there before. */
  void breakOff(String name, long version) {
    change(
        name,
        states -> {
          if (states.get(version) instanceof State.Loading) {
            states.remove(version);
          }
          return states;
        });
  }

  /**
   * Notes that a file cannot be loaded, unless something else is served in its place.
   *
   * @param isForNow whether the same bytes may be loaded another time
   */
  void fail(ModelFile file, String reason, boolean isForNow) {
    ModelVersion version = new ModelVersion(file.name(), file.version());
    State failed = new State.Unavailable(reason, file.origin(), file.sha256(), isForNow);
    change(
        file.name(),
        states -> {
          if (states.get(file.version()) instanceof State.Ready) {
            refused.put(version, reason);
          } else {
            states.put(file.version(), failed);
          }
          return states;
        });
  }

  /** Serves this version from now on, in place of what was served before. */
  void publish(ServedModel model) {
    NetworkIdentity identity = model.identity();
    if (!(find(identity.model(), identity.version()) instanceof State.Ready(ServedModel before))) {
      observers.forEach(observer -> observer.added(model));
    } else if (before.identity().equals(identity)) {
      observers.forEach(observer -> observer.replaced(before, model));
    } else {
      observers.forEach(observer -> observer.removed(before));
      observers.forEach(observer -> observer.added(model));
    }
    change(
        identity.model(),
        states -> {
          states.put(identity.version(), new State.Ready(model));
          refused.remove(identity.name());
          return states;
        });
  }

  /** Takes a version out. */
  void remove(String name, long version) {
    State before = find(name, version);
    change(
        name,
        states -> {
          states.remove(version);
          refused.remove(new ModelVersion(name, version));
          return states;
        });
    if (before instanceof State.Ready(ServedModel model)) {
      observers.forEach(observer -> observer.removed(model));
    }
  }

  /** Stops serving all versions of a model, which stay listed. */
  void unload(String name) {
    SortedMap<Long, State> before = versions(name);
    change(
        name,
        states -> {
          states.replaceAll((_, state) -> unloaded(state));
          states.keySet().forEach(version -> refused.remove(new ModelVersion(name, version)));
          return states;
        });
    for (State state : before.values()) {
      if (state instanceof State.Ready(ServedModel model)) {
        observers.forEach(observer -> observer.removed(model));
      }
    }
  }

  private static State unloaded(State state) {
    return switch (state) {
      case State.Ready(ServedModel model) ->
          new State.Unavailable("unloaded", model.origin(), model.identity().sha256(), false);
      case State.Loading loading -> loading;
      case State.Unavailable unavailable ->
          new State.Unavailable("unloaded", unavailable.origin(), unavailable.sha256(), false);
    };
  }

  /** The versions of a model that are known; none if it is not. */
  Set<Long> versionsOf(String name) {
    SortedMap<Long, State> states = models.get(name);
    return states == null ? Set.of() : states.keySet();
  }

  /** Where a version came from, or {@code null} while that is not known. */
  @Nullable Origin originOf(String name, long version) {
    return switch (find(name, version)) {
      case State.Ready(ServedModel model) -> model.origin();
      case State.Unavailable unavailable -> unavailable.origin();
      case State.Loading loading -> null;
      case null -> null;
    };
  }

  private void change(String name, UnaryOperator<SortedMap<Long, State>> change) {
    models.compute(
        name,
        (n, states) -> {
          SortedMap<Long, State> changed =
              change.apply(states == null ? new TreeMap<>() : new TreeMap<>(states));
          return changed.isEmpty() ? null : Collections.unmodifiableSortedMap(changed);
        });
  }

  /**
   * The model that answers a request.
   *
   * @param version {@code null} for the highest that is ready
   * @throws ServingException.NotFound if there is none
   * @throws ServingException.Unavailable if it, or whatever there is, is still being loaded
   */
  public ServedModel get(String name, @Nullable Long version) {
    SortedMap<Long, State> states = models.get(name);
    if (states == null) {
      throw missing(name, "is not found");
    }
    if (version != null) {
      return ready(name, version, states.get(version));
    }
    boolean loading = false;
    for (State state : states.reversed().values()) {
      if (state instanceof State.Ready(ServedModel model)) {
        return model;
      }
      loading |= state instanceof State.Loading;
    }
    if (loading) {
      throw new ServingException.Unavailable("model '" + name + "' is being loaded", null);
    }
    throw unknown(name, "has no available versions: " + reason(states.get(states.lastKey())));
  }

  private ServedModel ready(String name, long version, @Nullable State state) {
    return switch (state) {
      case State.Ready(ServedModel model) -> model;
      case State.Loading loading ->
          throw new ServingException.Unavailable(
              "model '" + name + "' version " + version + " is being loaded", null);
      case State.Unavailable unavailable ->
          throw unknown(name, "version " + version + " is not available: " + unavailable.reason());
      case null -> throw missing(name, "version " + version + " is not found");
    };
  }

  private static String reason(@Nullable State state) {
    return state instanceof State.Unavailable unavailable ? unavailable.reason() : "";
  }

  /**
   * While models are loaded for the first time, one of which nobody has heard may be among them.
   */
  private ServingException missing(String name, String why) {
    return started
        ? unknown(name, why)
        : new ServingException.Unavailable(
            "model '%s' %s so far: the models are still being loaded".formatted(name, why), null);
  }

  private static ServingException unknown(String name, String why) {
    return new ServingException.NotFound("Request for unknown model: '" + name + "' " + why);
  }

  /** By version, why what was to take its place could not, so that it is served on as it was. */
  public Map<ModelVersion, String> refused() {
    return Map.copyOf(refused);
  }

  /** What there is to say of a version, or {@code null} if there is none. */
  public @Nullable State find(String name, long version) {
    SortedMap<Long, State> states = models.get(name);
    return states == null ? null : states.get(version);
  }

  /** Every version that is known, by name and number. */
  public List<Entry> index() {
    List<Entry> entries = new ArrayList<>();
    new TreeMap<>(models)
        .forEach((name, states) ->
            states.forEach((version, state) -> entries.add(new Entry(name, version, state))));
    return entries;
  }

  /**
   * Makes sure that a version may be added, if it is not there yet.
   *
   * @param most versions that there may be, of all models
   * @throws ServingException.Conflict if there are as many
   */
  void requireRoom(String name, long version, int most) {
    if (find(name, version) == null && index().size() >= most) {
      throw new ServingException.Conflict(
          "there are %d versions of models, as many as norma.models.max-versions allows; delete or unload some first"
              .formatted(index().size()));
    }
  }

  /**
   * How far a version is to be warmed before it is served: one that takes another's place is as
   * fast as that was; where nothing is served yet, requests need not wait for so much.
   */
  Warmup.Extent warmth(String name) {
    SortedMap<Long, State> states = models.get(name);
    return states != null && states.values().stream().anyMatch(State.Ready.class::isInstance)
        ? Warmup.Extent.WARM
        : Warmup.Extent.OPENED;
  }

  /** The versions of one model. */
  public SortedMap<Long, State> versions(String name) {
    SortedMap<Long, State> states = models.get(name);
    if (states == null) {
      throw missing(name, "is not found");
    }
    return states;
  }
}
