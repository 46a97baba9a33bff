package io.norma.serving;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that are served, by name and version. Reading takes no lock; a version appears,
 * changes and disappears at once. What is loaded when, is decided by {@link #load}, {@link #unload}
 * and {@link ModelUploads}.
 */
public final class ModelRepository {
  private static final Logger LOG = LoggerFactory.getLogger(ModelRepository.class);

  private final List<ModelSource> sources;
  private final ModelLoader loader;
  private final List<InferenceObserver> observers;
  private final Map<String, SortedMap<Long, State>> models = new ConcurrentHashMap<>();
  private volatile boolean started;

  /**
   * @param sources where files are looked for; where two have the same version, the first wins
   */
  ModelRepository(
      List<ModelSource> sources, ModelLoader loader, List<InferenceObserver> observers) {
    this.sources = List.copyOf(sources);
    this.loader = loader;
    this.observers = List.copyOf(observers);
  }

  /** What there is to say of one version. */
  public sealed interface State {
    /** It answers. */
    record Ready(ServedModel model) implements State {}

    /** It is being loaded for the first time. */
    record Loading() implements State {}

    /** It does not answer, and why. */
    record Unavailable(String reason) implements State {}
  }

  /** One line of the index. */
  public record Entry(String name, long version, State state) {}

  /** Loads everything that the sources hold. What cannot be loaded is logged and stays listed. */
  void loadAll() {
    Set<String> names = new TreeSet<>();
    sources.forEach(source -> source.find().forEach(file -> names.add(file.name())));
    for (String name : names) {
      try {
        load(name);
      } catch (ServingException e) {
        LOG.error("{}", e.getMessage());
      }
    }
    started = true;
  }

  /** Whether everything that was there at the start has been loaded. */
  public boolean isStarted() {
    return started;
  }

  /**
   * Loads all versions of a model anew from where they are found, in place of what was served.
   *
   * @throws ServingException if there are none, or one of them cannot be loaded; the others are
   *     served all the same, and in place of that one what was served before
   */
  public void load(String name) {
    SortedMap<Long, ModelFile> files = new TreeMap<>();
    for (ModelSource source : sources) {
      for (ModelFile file : source.find(name)) {
        if (files.putIfAbsent(file.version(), file) != null) {
          LOG.warn(
              "model {} version {} of origin {} is hidden by another of the same version",
              name,
              file.version(),
              file.origin());
        }
      }
    }
    load(name, files.values());
  }

  /**
   * Loads a model from these files in place of what was served under its name.
   *
   * @throws ServingException as {@link #load(String)}
   */
  public void load(String name, Collection<ModelFile> files) {
    if (files.isEmpty()) {
      throw new ServingException.NotFound(
          "failed to load '" + name + "': no version of it was found in the model repository");
    }
    Set<Long> versions = new TreeSet<>();
    files.forEach(file -> versions.add(file.version()));
    change(
        name,
        states -> {
          versions.forEach(version -> states.putIfAbsent(version, new State.Loading()));
          return states;
        });
    List<ServingException> failures = new ArrayList<>();
    for (ModelFile file : files) {
      try {
        publish(loader.load(file));
      } catch (ServingException e) {
        failures.add(e);
        fail(file, e);
      } catch (RuntimeException e) {
        LOG.error("model {} version {}", name, file.version(), e);
        ServingException failure =
            new ServingException.Unavailable("internal error while it was loaded: " + e, e);
        failures.add(failure);
        fail(file, failure);
      }
    }
    for (Entry entry : index()) {
      if (entry.name().equals(name) && !versions.contains(entry.version())) {
        remove(name, entry.version());
      }
    }
    if (!failures.isEmpty()) {
      throw failed(name, failures.getFirst());
    }
  }

  private void fail(ModelFile file, ServingException failure) {
    LOG.error(
        "model {} version {} cannot be loaded: {}",
        file.name(),
        file.version(),
        failure.getMessage());
    change(
        file.name(),
        states -> {
          if (!(states.get(file.version()) instanceof State.Ready)) {
            states.put(file.version(), new State.Unavailable(failure.getMessage()));
          }
          return states;
        });
  }

  private static ServingException failed(String name, ServingException cause) {
    String message = "failed to load '" + name + "': " + cause.getMessage();
    return switch (cause) {
      case ServingException.Unsupported unsupported ->
          new ServingException.Unsupported(message, unsupported.reasons(), unsupported);
      case ServingException.Unavailable unavailable ->
          new ServingException.Unavailable(message, unavailable);
      case ServingException.TooLarge large -> new ServingException.TooLarge(message, large);
      case ServingException.Overloaded busy ->
          new ServingException.Overloaded(message, busy.retryAfterSeconds(), busy);
      default -> new ServingException.Invalid(message, cause);
    };
  }

  /**
   * Stops serving all versions of a model until it is loaded again.
   *
   * @throws ServingException.NotFound if there is no such model
   */
  public void unload(String name) {
    SortedMap<Long, State> before = models.get(name);
    if (before == null) {
      throw unknown(name, "is not found");
    }
    change(
        name,
        states -> {
          states.replaceAll((version, state) -> new State.Unavailable("unloaded"));
          return states;
        });
    before.keySet().forEach(version -> observers.forEach(o -> o.removed(name, version)));
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

  /** Serves this version from now on. */
  void publish(ServedModel model) {
    change(
        model.name(),
        states -> {
          states.put(model.version(), new State.Ready(model));
          return states;
        });
    observers.forEach(observer -> observer.added(model));
  }

  /** Takes a version out. */
  void remove(String name, long version) {
    change(
        name,
        states -> {
          states.remove(version);
          return states;
        });
    observers.forEach(observer -> observer.removed(name, version));
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
   * @throws ServingException.Unavailable if it is still being loaded
   */
  public ServedModel get(String name, @Nullable Long version) {
    SortedMap<Long, State> states = models.get(name);
    if (states == null) {
      throw unknown(name, "is not found");
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

  private static ServedModel ready(String name, long version, @Nullable State state) {
    return switch (state) {
      case State.Ready(ServedModel model) -> model;
      case State.Loading loading ->
          throw new ServingException.Unavailable(
              "model '" + name + "' version " + version + " is being loaded", null);
      case State.Unavailable(String reason) ->
          throw unknown(name, "version " + version + " is not available: " + reason);
      case null -> throw unknown(name, "version " + version + " is not found");
    };
  }

  private static String reason(@Nullable State state) {
    return state instanceof State.Unavailable(String reason) ? reason : "";
  }

  private static ServingException unknown(String name, String why) {
    return new ServingException.NotFound("Request for unknown model: '" + name + "' " + why);
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

  /** The versions of one model. */
  public SortedMap<Long, State> versions(String name) {
    SortedMap<Long, State> states = models.get(name);
    if (states == null) {
      throw unknown(name, "is not found");
    }
    return states;
  }
}
