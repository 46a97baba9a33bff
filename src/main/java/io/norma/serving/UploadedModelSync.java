package io.norma.serving;

import io.norma.serving.ModelFile.Origin;
import io.norma.serving.ModelRepository.State;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes up what other replicas uploaded or deleted. Loading goes on beside everything else: it
 * holds up no request and no activation.
 */
public final class UploadedModelSync {
  private static final Logger LOG = LoggerFactory.getLogger(UploadedModelSync.class);

  private record Version(String name, long version) {}

  private final ModelRepository repository;
  private final ModelLoader loader;
  private final ModelStore store;
  private final AtomicBoolean wanted = new AtomicBoolean();
  private final AtomicBoolean running = new AtomicBoolean();

  UploadedModelSync(ModelRepository repository, ModelLoader loader, ModelStore store) {
    this.repository = repository;
    this.loader = loader;
    this.store = store;
  }

  /** Begins a sync, or lets the one that runs start over; returns at once. */
  public void begin() {
    wanted.set(true);
    if (repository.isStarted() && running.compareAndSet(false, true)) {
      Thread.ofVirtual().name("uploaded-model-sync").start(this::runWhileWanted);
    }
  }

  private void runWhileWanted() {
    try {
      while (wanted.getAndSet(false)) {
        sync();
      }
    } catch (RuntimeException e) {
      LOG.error("uploads of other replicas cannot be taken up", e);
    } finally {
      running.set(false);
    }
    if (wanted.get()) {
      begin();
    }
  }

  /** Serves what is stored and not known here, and no longer what is stored no more. */
  void sync() {
    Set<Version> known = new HashSet<>();
    repository.index().forEach(entry -> known.add(new Version(entry.name(), entry.version())));
    Set<Version> stored = new HashSet<>();
    for (ModelFile file : store.find()) {
      stored.add(new Version(file.name(), file.version()));
      if (known.contains(new Version(file.name(), file.version()))) {
        continue;
      }
      try {
        repository.publish(loader.load(file));
      } catch (ServingException e) {
        LOG.error(
            "model {} version {} cannot be loaded: {}",
            file.name(),
            file.version(),
            e.getMessage());
      }
    }
    for (ModelRepository.Entry entry : repository.index()) {
      if (entry.state() instanceof State.Ready(ServedModel model)
          && model.origin() == Origin.UPLOADED
          && !stored.contains(new Version(entry.name(), entry.version()))
          && known.contains(new Version(entry.name(), entry.version()))) {
        repository.remove(entry.name(), entry.version());
      }
    }
  }
}
