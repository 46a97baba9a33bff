package io.norma.models;

import io.norma.scheduling.Schedule;
import io.norma.serving.ModelName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every so often whether the files in the model directory are others than those that were
 * acted on, and has the models follow. What changes between two looks is still being copied, and
 * waits. A directory that cannot be looked at, or is not there, changes nothing.
 */
final class DirectoryPolling {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryPolling.class);

  private final Path directory;
  private final ModelLifecycle lifecycle;
  private final ModelRepository repository;

  /** What the service has been brought to, by model. */
  private final Map<String, FileStamps> followed = new ConcurrentHashMap<>();

  /** What the last look saw. */
  private Map<String, FileStamps> seen = Map.of();

  private boolean readable = true;

  DirectoryPolling(Path directory, ModelLifecycle lifecycle, ModelRepository repository) {
    this.directory = directory;
    this.lifecycle = lifecycle;
    this.repository = repository;
  }

  /** Notes what is there, which is going to be loaded next. */
  void begin() {
    try {
      seen = look();
      followed.putAll(seen);
    } catch (UncheckedIOException e) {
      LOG.error("the model directory cannot be read; its models are loaded when it can", e);
      readable = false;
    }
  }

  /** Looks again and again from now on. */
  void repeat(Duration interval, Schedule schedule) {
    schedule.repeat(interval, this::follow);
  }

  /** Looks once, and waits until what has changed is loaded. */
  void follow() {
    Map<String, FileStamps> before = seen;
    Map<String, FileStamps> now;
    try {
      now = look();
      if (!readable) {
        LOG.info("the model directory can be read again");
        readable = true;
      }
    } catch (UncheckedIOException e) {
      if (readable) {
        LOG.error("the model directory cannot be read; models stay as they are", e);
        readable = false;
      }
      return;
    }
    seen = now;
    if (!repository.isStarted()) {
      return;
    }
    Set<String> names = new TreeSet<>(followed.keySet());
    names.addAll(now.keySet());
    try (ExecutorService loads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String name : names) {
        FileStamps latest = now.getOrDefault(name, FileStamps.NONE);
        boolean rests = latest.equals(before.getOrDefault(name, FileStamps.NONE));
        Set<Long> changed = latest.differences(followed.getOrDefault(name, FileStamps.NONE));
        if (rests && !changed.isEmpty()) {
          loads.execute(() -> follow(name, latest, changed));
        }
      }
    }
  }

  private void follow(String name, FileStamps latest, Set<Long> changed) {
    LOG.info("the files of model {} have changed: versions {}", name, changed);
    try {
      if (lifecycle.refresh(name, changed)) {
        // There was no memory, say: the next look tries again.
        return;
      }
    } catch (RuntimeException e) {
      LOG.error("model {} cannot follow its files", name, e);
      return;
    }
    if (latest.equals(FileStamps.NONE)) {
      followed.remove(name);
    } else {
      followed.put(name, latest);
    }
  }

  /**
   * What is there now.
   *
   * @throws UncheckedIOException if nothing can be said of the directory
   */
  private Map<String, FileStamps> look() {
    Map<String, FileStamps> found = new TreeMap<>();
    try (Stream<Path> children = Files.list(directory)) {
      for (Path model : (Iterable<Path>) children::iterator) {
        String name = model.getFileName().toString();
        if (ModelName.isValid(name) && Files.isDirectory(model)) {
          try {
            FileStamps stamps = FileStamps.of(model);
            if (!stamps.equals(FileStamps.NONE)) {
              found.put(name, stamps);
            }
          } catch (IOException | UncheckedIOException e) {
            // It is being changed, or not to be read: as far as is known it is as it was.
            LOG.debug("the files of model {} cannot be looked at", name, e);
            found.put(name, seen.getOrDefault(name, FileStamps.NONE));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }
}
