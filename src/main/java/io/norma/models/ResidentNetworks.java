package io.norma.models;

import io.norma.models.ResidentNetwork.Owner;
import io.norma.models.ResidentNetwork.Weights;
import io.norma.scheduling.Schedule;
import io.norma.serving.ServingException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whose weights are in memory: those of models that nobody has asked for long enough go, as
 * do those that were not asked for the longest where all together take more than they may. They
 * come back from where the model was found with the next request. What is in use stays, so more may
 * be in memory than the limit says while all of it is used.
 */
public final class ResidentNetworks implements ModelObserver {
  private static final Logger LOG = LoggerFactory.getLogger(ResidentNetworks.class);
  private static final Duration LONGEST_INTERVAL = Duration.ofMinutes(1);
  private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(10);

  /** How often idle models are looked for in the time after which they go. */
  private static final int LOOKS = 4;

  private final Duration idleAfter;
  private final long mostBytes;
  private final List<ModelSource> sources;
  private final ModelLoader loader;
  private final Set<ServedModel> models = ConcurrentHashMap.newKeySet();
  private final LongAdder reloads = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private volatile boolean tooMany;

  /**
   * @param sources where the files of models are found once more
   */
  ResidentNetworks(
      ModelSettings settings, List<ModelSource> sources, ModelLoader loader, Schedule schedule) {
    idleAfter = settings.idleAfter();
    mostBytes = settings.maxResidentBytes().toBytes();
    this.sources = List.copyOf(sources);
    this.loader = loader;
    if (!idleAfter.isZero()) {
      Duration interval = idleAfter.dividedBy(LOOKS);
      interval = interval.compareTo(LONGEST_INTERVAL) > 0 ? LONGEST_INTERVAL : interval;
      schedule.repeat(
          interval.compareTo(SHORTEST_INTERVAL) < 0 ? SHORTEST_INTERVAL : interval,
          this::giveBackIdle);
    }
    if (isBounded()) {
      loader.reclaimBy(this::giveBackOne);
    }
  }

  private boolean isBounded() {
    return !idleAfter.isZero() || mostBytes > 0;
  }

  @Override
  public void added(ServedModel model) {
    models.add(model);
    // What came with a request is nowhere to be found again.
    if (isBounded() && model.origin() != ModelFile.Origin.REQUEST) {
      model.weights().ownedBy(new Ownership(model));
    }
    if (mostBytes > 0 && model.residentBytes() > mostBytes) {
      LOG.warn(
          "model {} version {} takes {} bytes, more than norma.models.max-resident-bytes, {}: it is"
              + " served without others beside it",
          model.name(),
          model.version(),
          model.residentBytes(),
          mostBytes);
    }
    makeRoom(model);
  }

  @Override
  public void removed(ServedModel model) {
    models.remove(model);
  }

  @Override
  public void replaced(ServedModel before, ServedModel model) {
    removed(before);
    added(model);
  }

  /** Brings back and lets go the weights of one model. */
  private final class Ownership implements Owner {
    private final ServedModel model;

    Ownership(ServedModel model) {
      this.model = model;
    }

    @Override
    public Weights bringBack() {
      makeRoom(model);
      try {
        long start = System.nanoTime();
        Weights weights = loader.bringBack(model, file(model));
        reloads.increment();
        LOG.info(
            "model {} version {} is back in memory after {} ms",
            model.name(),
            model.version(),
            (System.nanoTime() - start) / 1_000_000);
        return weights;
      } catch (ServingException.Overloaded e) {
        failures.increment();
        throw e;
      } catch (RuntimeException e) {
        failures.increment();
        ServingException named =
            new ServingException.Unavailable(
                "model '%s' version %d gave back its weights while nobody asked for it, and cannot be loaded again: %s"
                    .formatted(model.name(), model.version(), e.getMessage()),
                e);
        LOG.error("{}", named.getMessage());
        throw named;
      }
    }

    @Override
    public void gone() {
      loader.release(model);
      LOG.info("model {} version {} gave back its weights", model.name(), model.version());
    }

    @Override
    public void used() {
      if (tooMany) {
        makeRoom(model);
      }
    }
  }

  private ModelFile file(ServedModel model) {
    for (ModelSource source : sources) {
      for (ModelFile file : source.find(model.name())) {
        if (file.version() == model.version() && file.origin() == model.origin()) {
          return file.with(model::config);
        }
      }
    }
    throw new ServingException.NotFound(
        "its file is no longer where it was loaded from; put it back, or unload the model");
  }

  /** Gives back what nobody has asked for long enough. */
  void giveBackIdle() {
    long now = System.nanoTime();
    for (ServedModel model : models) {
      if (now - model.weights().lastUse() >= idleAfter.toNanos()) {
        model.weights().tryGiveBack();
      }
    }
  }

  /**
   * Gives back what was not asked for the longest until all fits.
   *
   * @param kept what stays in any case
   */
  private synchronized void makeRoom(ServedModel kept) {
    while (mostBytes > 0 && bytes() > mostBytes) {
      if (!giveBackOldest(kept)) {
        tooMany = bytes() - kept.residentBytes() > 0;
        return;
      }
    }
    tooMany = false;
  }

  private long bytes() {
    return models.stream()
        .filter(model -> model.weights().takesMemory())
        .mapToLong(ServedModel::residentBytes)
        .sum();
  }

  /** For who needs the memory more. */
  private boolean giveBackOne() {
    return giveBackOldest(null);
  }

  private boolean giveBackOldest(@Nullable ServedModel kept) {
    long now = System.nanoTime();
    return models.stream()
        .filter(model -> model != kept)
        .sorted(
            Comparator.comparingLong((ServedModel model) -> now - model.weights().lastUse())
                .reversed())
        .anyMatch(model -> model.weights().tryGiveBack());
  }

  /** Bytes of the networks that are in memory. */
  public long residentBytes() {
    return models.stream()
        .filter(ServedModel::isResident)
        .mapToLong(ServedModel::residentBytes)
        .sum();
  }

  /** Networks that are in memory. */
  public long resident() {
    return models.stream().filter(ServedModel::isResident).count();
  }

  /** How often a network came back. */
  public long reloads() {
    return reloads.sum();
  }

  /** How often one could not. */
  public long failures() {
    return failures.sum();
  }
}
