package io.norma.models;

import io.norma.models.ModelFile.Origin;
import io.norma.models.ModelRepository.State;
import io.norma.scheduling.Schedule;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Takes up what other replicas uploaded or deleted, and references that they took. Loading goes on
 * beside everything else: it holds up no request and no activation.
 */
public final class UploadedModelSync implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(UploadedModelSync.class);
  private static final Duration BEFORE_ANOTHER_TRY = Duration.ofSeconds(5);

  private final ModelRepository repository;
  private final ModelLifecycle lifecycle;
  private final UploadedModelFiles uploads;
  private final ReferenceSource references;
  private final Schedule schedule;
  private final AtomicBoolean wanted = new AtomicBoolean();
  private final AtomicBoolean running = new AtomicBoolean();
  private volatile boolean closed = true;

  public UploadedModelSync(
      ModelRepository repository,
      ModelLifecycle lifecycle,
      UploadedModelFiles uploads,
      ReferenceSource references,
      Schedule schedule) {
    this.repository = repository;
    this.lifecycle = lifecycle;
    this.uploads = uploads;
    this.references = references;
    this.schedule = schedule;
  }

  /**
   * Begins a sync, or lets the one that runs start over; returns at once.
   *
   * @return whether it will be done, in any case
   */
  public boolean begin() {
    wanted.set(true);
    if (!closed && repository.isStarted() && running.compareAndSet(false, true)) {
      Thread.ofVirtual().name("uploaded-model-sync").start(this::runWhileWanted);
    }
    return repository.isStarted();
  }

  private void runWhileWanted() {
    boolean again = false;
    try {
      while (!closed && wanted.getAndSet(false)) {
        again = sync();
      }
    } catch (RuntimeException e) {
      again = true;
      if (!closed) {
        LOG.error("uploads of other replicas cannot be taken up", e);
      }
    } finally {
      running.set(false);
    }
    if (again) {
      schedule.once(BEFORE_ANOTHER_TRY, this::begin);
    } else if (wanted.get()) {
      begin();
    }
  }

  /**
   * Serves what is stored, and no longer what is stored no more.
   *
   * @return whether something could not be loaded for now
   */
  boolean sync() {
    Map<String, Map<Long, String>> stored = new HashMap<>();
    for (NetworkIdentity network : uploads.networks()) {
      stored
          .computeIfAbsent(network.model(), _ -> new HashMap<>())
          .put(network.version(), network.sha256());
    }
    Map<String, Map<Long, String>> known = new HashMap<>();
    for (ModelRepository.Entry entry : repository.index()) {
      String sha256 = uploaded(entry.state());
      if (sha256 != null) {
        known.computeIfAbsent(entry.name(), _ -> new HashMap<>()).put(entry.version(), sha256);
      }
    }
    Set<String> names = new TreeSet<>(stored.keySet());
    names.addAll(known.keySet());
    boolean again = false;
    for (String name : names) {
      // Whether it is so is looked at once more under the model's lock.
      if (!closed && !stored.getOrDefault(name, Map.of()).equals(known.get(name))) {
        again |= lifecycle.follow(name);
      }
    }
    return renew() || again;
  }

  /** Brings models to the references that their networks have now. */
  private boolean renew() {
    boolean again = false;
    Map<NetworkIdentity, Long> batches = references.batches();
    for (ModelRepository.Entry entry : repository.index()) {
      if (!closed
          && entry.state() instanceof State.Ready(ServedModel model)
          && model.referenceBatches() != batches.getOrDefault(model.identity(), 0L)) {
        try {
          lifecycle.renew(model.identity());
        } catch (ServingException e) {
          LOG.error(
              "references of model {} are not used yet: {}", model.identity(), e.getMessage());
          again = true;
        }
      }
    }
    return again;
  }

  /** The checksum of an upload, "" if it is to be tried again, {@code null} if it is no upload. */
  private static @Nullable String uploaded(State state) {
    return switch (state) {
      case State.Ready(ServedModel model) ->
          model.origin() == Origin.UPLOADED ? model.identity().sha256() : null;
      case State.Unavailable unavailable ->
          unavailable.origin() != Origin.UPLOADED
              ? null
              : unavailable.isForNow() || unavailable.sha256() == null ? "" : unavailable.sha256();
      case State.Loading loading -> null;
    };
  }

  @Override
  public void start() {
    closed = false;
  }

  /** What is being loaded is loaded to its end, for nothing. */
  @Override
  public void stop() {
    closed = true;
  }

  @Override
  public boolean isRunning() {
    return !closed;
  }
}
