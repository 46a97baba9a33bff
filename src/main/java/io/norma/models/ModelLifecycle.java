package io.norma.models;

import io.norma.models.ModelFile.Origin;
import io.norma.models.ModelRepository.State;
import io.norma.serving.ModelConfig;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads and unloads models. A model's lock is held from the moment at which its files are looked
 * for until the last version has been put in place, so that what was acknowledged meanwhile is not
 * undone; {@link ModelUploads} holds the same lock.
 */
public final class ModelLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(ModelLifecycle.class);

  private final List<ModelSource> sources;
  private final ModelRepository repository;
  private final ModelLoader loader;
  private final NameLocks locks;
  private final UploadedModelFiles uploads;
  private final LifecycleRecords records;
  private final ModelSettings settings;

  /**
   * @param sources where files are looked for; where two have the same version, the first wins
   * @param uploads the one of them that other replicas change, too
   * @param records what the audit is told
   * @param settings how many versions clients may add
   */
  ModelLifecycle(
      List<ModelSource> sources,
      UploadedModelFiles uploads,
      ModelRepository repository,
      ModelLoader loader,
      NameLocks locks,
      LifecycleRecords records,
      ModelSettings settings) {
    this.settings = settings;
    this.sources = List.copyOf(sources);
    this.uploads = uploads;
    this.repository = repository;
    this.loader = loader;
    this.locks = locks;
    this.records = records;
  }

  /**
   * Loads everything that the sources hold, as many at once as the loader has threads. What cannot
   * be loaded is logged and stays listed.
   */
  public void loadAll() {
    Queue<String> names = new ConcurrentLinkedQueue<>(inOrder());
    Queue<String> crowdedOut = new ConcurrentLinkedQueue<>();
    try (ExecutorService loads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < loader.atOnce(); i++) {
        loads.execute(() -> {
          for (String name = names.poll(); name != null; name = names.poll()) {
            if (!isLoaded(name, true)) {
              crowdedOut.add(name);
            }
          }
        });
      }
    }
    // What found no memory beside others while they were loaded may find it now.
    crowdedOut.forEach(name -> isLoaded(name, false));
    repository.started();
  }

  /**
   * The names of all models. What is in the program comes first, for somebody tries it first; then
   * the smallest, so that many answer soon.
   */
  private Set<String> inOrder() {
    Set<String> bundled = new TreeSet<>();
    Map<String, Long> bytes = new TreeMap<>();
    for (ModelSource source : sources) {
      for (ModelFile file : source.find()) {
        if (file.origin() == Origin.BUNDLED) {
          bundled.add(file.name());
        }
        bytes.merge(file.name(), file.bytes(), Long::sum);
      }
    }
    Set<String> names = new LinkedHashSet<>(bundled);
    bytes.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .forEach(entry -> names.add(entry.getKey()));
    return names;
  }

  private boolean isLoaded(String name, boolean isTriedAgain) {
    try {
      locks.whileLocked(
          name,
          () -> {
            loadAndTell(name, find(name, UnaryOperator.identity()));
            return name;
          });
      return true;
    } catch (ServingException e) {
      boolean again = isTriedAgain && e instanceof ServingException.Overloaded;
      if (!again) {
        LOG.error("{}", e.getMessage());
      }
      return !again;
    }
  }

  /**
   * Loads all versions of a model anew from where they are found, in place of what was served.
   *
   * @throws ServingException if there are none, or one of them cannot be loaded; the others are
   *     served all the same, and in place of that one what was served before
   */
  public void load(String name) {
    load(name, UnaryOperator.identity());
  }

  /**
   * The same, with this written about the model in place of what is written where it is found,
   * until it is loaded anew.
   *
   * @throws ServingException as {@link #load(String)}
   */
  public void load(String name, ModelConfig config) {
    load(name, file -> file.with(() -> config));
  }

  private void load(String name, UnaryOperator<ModelFile> change) {
    locks.whileLocked(
        name,
        () -> {
          load(name, find(name, change));
          return name;
        });
  }

  private Collection<ModelFile> find(String name, UnaryOperator<ModelFile> change) {
    SortedMap<Long, ModelFile> files = new TreeMap<>();
    for (ModelSource source : sources) {
      for (ModelFile file : wanted(source.find(name).stream().map(change).toList())) {
        if (files.putIfAbsent(file.version(), file) != null) {
          LOG.warn(
              "model {} version {} of origin {} is hidden by another of the same version",
              name,
              file.version(),
              file.origin());
        }
      }
    }
    return files.values();
  }

  /** Those of the versions in one place that their version policy has served. */
  private static List<ModelFile> wanted(List<ModelFile> files) {
    SortedSet<Long> all = new TreeSet<>();
    files.forEach(file -> all.add(file.version()));
    return files.stream().filter(file -> isWanted(file, all)).toList();
  }

  private static boolean isWanted(ModelFile file, SortedSet<Long> all) {
    try {
      return file.config().read().versions().serves(file.version(), all);
    } catch (ServingException _) {
      // Each of them is listed, with the reason.
      return true;
    }
  }

  /**
   * Loads a model from the files of a request in place of what was served under its name.
   *
   * @throws ServingException as {@link #load(String)}
   */
  public void loadInstead(String name, Collection<ModelFile> files) {
    locks.whileLocked(
        name,
        () -> {
          List<ModelFile> wanted = wanted(List.copyOf(files));
          wanted.forEach(
              file -> repository.requireRoom(name, file.version(), settings.maxVersions()));
          load(name, wanted);
          return name;
        });
  }

  private void load(String name, Collection<ModelFile> files) {
    LifecycleRecords.Served before = records.served(name);
    try {
      loadAndTell(name, files);
    } finally {
      // Some versions may be served anew, even where others could not be.
      records.loaded(name, before);
    }
  }

  private void loadAndTell(String name, Collection<ModelFile> files) {
    if (files.isEmpty()) {
      throw new ServingException.NotFound(
          "failed to load '"
              + name
              + "': no version of it was found in the model repository, or none that its version"
              + " policy has served");
    }
    Set<Long> versions = new TreeSet<>();
    files.forEach(file -> versions.add(file.version()));
    versions.forEach(version -> repository.begin(name, version));
    List<ServingException> failures = new ArrayList<>();
    for (ModelFile file : files) {
      ServingException failure = serve(file);
      if (failure != null) {
        failures.add(failure);
      }
    }
    for (long version : repository.versionsOf(name)) {
      if (!versions.contains(version)) {
        repository.remove(name, version);
      }
    }
    if (!failures.isEmpty()) {
      throw failed(name, failures.getFirst());
    }
  }

  /** Loads and serves a file; why it cannot be, if so. */
  private @Nullable ServingException serve(ModelFile file) {
    try {
      repository.publish(loader.load(file, repository.warmth(file.name())));
      return null;
    } catch (ServingException e) {
      return fail(file, e);
    } catch (RuntimeException e) {
      return fail(file, internal(file, e));
    }
  }

  private ServingException fail(ModelFile file, ServingException failure) {
    LOG.error(
        "model {} version {} cannot be loaded: {}",
        file.name(),
        file.version(),
        failure.getMessage());
    repository.fail(file, String.valueOf(failure.getMessage()), isForNow(failure));
    return failure;
  }

  /** What may be different the next time is not held against the file. */
  private static boolean isForNow(ServingException failure) {
    return failure instanceof ServingException.Overloaded
        || failure instanceof ServingException.Unavailable;
  }

  private static ServingException internal(ModelFile file, RuntimeException e) {
    LOG.error("model {} version {}", file.name(), file.version(), e);
    return new ServingException.Unavailable("internal error while it was loaded: " + e, e);
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
    locks.whileLocked(
        name,
        () -> {
          // First of all: what cannot be recorded is not done.
          records.unloading(name);
          repository.unload(name);
          return name;
        });
  }

  /**
   * Serves a network with the references that it has now, if it is still served.
   *
   * @throws ServingException if there is no memory for it; then it is served as before
   */
  public void renew(NetworkIdentity network) {
    locks.whileLocked(
        network.model(),
        () -> {
          if (repository.find(network.model(), network.version())
                  instanceof State.Ready(ServedModel model)
              && model.identity().equals(network)) {
            repository.publish(loader.renew(model));
          }
          return network;
        });
  }

  /**
   * Brings a model to the files in the model directory, of which some are others than before. A
   * version whose new files cannot be loaded is served as it was, and one that is gone no more.
   *
   * @param changed versions whose files are others, or gone
   * @return whether it is worth while to try again, since something could not be loaded for now
   */
  boolean refresh(String name, Set<Long> changed) {
    return locks.whileLocked(
        name,
        () -> {
          LifecycleRecords.Served before = records.served(name);
          boolean again = false;
          Set<Long> there = new TreeSet<>();
          for (ModelFile file : find(name, UnaryOperator.identity())) {
            there.add(file.version());
            boolean isKnown = repository.find(name, file.version()) != null;
            if (!isKnown || changed.contains(file.version())) {
              repository.begin(name, file.version());
              ServingException failure = serve(file);
              again |= failure != null && isForNow(failure);
            }
          }
          for (long version : repository.versionsOf(name)) {
            if (!there.contains(version)
                && repository.originOf(name, version) == Origin.DIRECTORY) {
              repository.remove(name, version);
            }
          }
          records.followed(name, before);
          return again;
        });
  }

  /**
   * Brings the uploaded versions of a model to what is stored now.
   *
   * @return whether it is worth while to try again, since something could not be loaded for now
   */
  boolean follow(String name) {
    return locks.whileLocked(
        name,
        () -> {
          boolean again = false;
          Set<Long> stored = new TreeSet<>();
          for (ModelFile file : uploads.find(name)) {
            stored.add(file.version());
            if (isNews(file)) {
              again |= takeUp(file);
            }
          }
          for (long version : repository.versionsOf(name)) {
            if (!stored.contains(version)
                && repository.originOf(name, version) == Origin.UPLOADED) {
              repository.remove(name, version);
            }
          }
          return again;
        });
  }

  /** Whether a stored file is another than what is known here of its version. */
  private boolean isNews(ModelFile file) {
    return switch (repository.find(file.name(), file.version())) {
      case null -> true;
      case State.Loading loading -> true;
      case State.Ready(ServedModel model) ->
          model.origin() == Origin.UPLOADED && !model.identity().sha256().equals(file.sha256());
      case State.Unavailable unavailable ->
          unavailable.origin() == Origin.UPLOADED
              && (unavailable.isForNow() || !Objects.equals(unavailable.sha256(), file.sha256()));
    };
  }

  /** Serves a stored file; whether it failed for now. */
  private boolean takeUp(ModelFile file) {
    repository.begin(file.name(), file.version());
    ServingException failure;
    try {
      repository.publish(loader.load(file, repository.warmth(file.name())));
      return false;
    } catch (ServingException e) {
      failure = e;
    } catch (RuntimeException e) {
      failure = internal(file, e);
    }
    // Other bytes than those that are stored must not be served any longer.
    repository.remove(file.name(), file.version());
    return isForNow(fail(file, failure));
  }
}
