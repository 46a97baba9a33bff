package io.norma.following;

import io.norma.following.FollowingObserver.Step;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.runningstatistics.CalibrationService;
import io.norma.runningstatistics.NewRevision;
import io.norma.runningstatistics.RevisionMetadata;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.RunningStatisticsService;
import io.norma.runningstatistics.StatisticsStore;
import io.norma.serving.Actor;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import io.norma.store.StoreConflictException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Makes revisions of the rows of followed classes, in a set {@code shadow.CLASS}, and promotes
 * those that are certified good to {@code followed.CLASS}, by whose newest revision requests of the
 * class are answered. A revision of that set without a certificate stands for going back: it has
 * the numbers of what the class would get without following. So all replicas agree, each step is in
 * the sets' histories and in the audit, and nothing else has to be kept.
 */
public final class FollowingService {
  private static final Logger LOG = LoggerFactory.getLogger(FollowingService.class);
  private static final String PRINCIPAL = "following";
  private static final int WAITING = 16;
  private static final int ROWS_PER_BATCH = 64;
  private static final Duration LONGEST_END = Duration.ofSeconds(10);
  private static final long KNOWN_NANOS = Duration.ofSeconds(1).toNanos();

  private final FollowingSettings settings;
  private final ModelRepository repository;
  private final Supplier<CalibrationService> calibrations;
  private final RunningStatisticsService statistics;
  private final StatisticsStore store;
  private final List<FollowingObserver> observers;
  private final Map<Key, Followed> followed = new ConcurrentHashMap<>();
  private final BlockingQueue<Follower.Work> todo = new ArrayBlockingQueue<>(WAITING);
  private final @Nullable Thread thread;
  private volatile boolean closed;

  private record Key(NetworkIdentity network, String trafficClass) {}

  /** A follower, and the revision that its class gets. */
  private static final class Followed {
    private final NetworkIdentity network;
    private final Follower follower;
    private volatile @Nullable RevisionName serving;
    private volatile long known;
    private volatile boolean isKnown;

    Followed(NetworkIdentity network, Follower follower) {
      this.network = network;
      this.follower = follower;
    }
  }

  FollowingService(
      FollowingSettings settings,
      ModelRepository repository,
      Supplier<CalibrationService> calibrations,
      RunningStatisticsService statistics,
      StatisticsStore store,
      List<FollowingObserver> observers) {
    this.settings = settings;
    this.repository = repository;
    this.calibrations = calibrations;
    this.statistics = statistics;
    this.store = store;
    this.observers = List.copyOf(observers);
    thread =
        settings.models().isEmpty()
            ? null
            : Thread.ofPlatform().daemon().name("norma-following").start(this::workUntilClosed);
  }

  /** The follower of a class, if it may be followed. */
  @Nullable Follower follower(ServedModel model, String trafficClass) {
    Followed one = followed(model, trafficClass);
    return one == null ? null : one.follower;
  }

  private @Nullable Followed followed(ServedModel model, String trafficClass) {
    if (!settings.models().contains(model.name())) {
      return null;
    }
    NetworkIdentity network = model.identity();
    Key key = new Key(network, trafficClass);
    Followed there = followed.get(key);
    if (there != null
        || !RowBuffer.takes(model.network().inputs())
        || model.network().batchNormalizations().isEmpty()
        || classesOf(network) >= settings.maxClasses()) {
      return there;
    }
    return followed.computeIfAbsent(
        key, _ -> new Followed(network, new Follower(trafficClass, model, settings, this::take)));
  }

  private long classesOf(NetworkIdentity network) {
    return followed.keySet().stream().filter(key -> key.network().equals(network)).count();
  }

  /** What does not fit in is left: the rows that come after it are as good. */
  private void take(Follower.Work work) {
    if (!todo.offer(work)) {
      LOG.debug("too much is to be done for followed classes: {} is left", work);
    }
  }

  /** The revision that a class gets; {@code null} if it gets what others get. */
  @Nullable RevisionName serving(ServedModel model, String trafficClass) {
    Followed one = followed(model, trafficClass);
    return one == null ? null : serving(one);
  }

  private @Nullable RevisionName serving(Followed one) {
    long now = System.nanoTime();
    if (!one.isKnown || now - one.known > KNOWN_NANOS) {
      // Whoever comes meanwhile takes what was known.
      one.known = now;
      try {
        look(one);
      } catch (DataAccessException e) {
        LOG.debug("what class '{}' gets is not known anew", one.follower.trafficClass(), e);
      }
    }
    return one.serving;
  }

  private void look(Followed one) {
    Optional<RevisionMetadata> newest =
        store.newest(one.network, TrafficClass.followedSet(one.follower.trafficClass()));
    RevisionName now =
        newest.filter(RevisionMetadata::isCertified).map(RevisionMetadata::name).orElse(null);
    if (one.isKnown && !Objects.equals(now, one.serving)) {
      one.follower.forgetRecent();
    }
    one.serving = now;
    one.isKnown = true;
  }

  private void workUntilClosed() {
    while (!closed) {
      try {
        Follower.Work work = todo.take();
        if (!closed) {
          Actor.service(PRINCIPAL)
              .during(() -> {
                work(work);
                return work;
              });
        }
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  private void work(Follower.Work work) {
    switch (work) {
      case Follower.Rows rows -> with(rows.follower(), one -> makeRevision(one, rows.rows()));
      case Follower.Alarm alarm -> with(alarm.follower(), one -> goBack(one, alarm.why()));
      case Follower.End _ -> {}
    }
  }

  private void with(Follower follower, Consumer<Followed> step) {
    followed.values().stream()
        .filter(one -> one.follower == follower)
        .findFirst()
        .ifPresent(one -> {
          try {
            step.accept(one);
          } catch (RuntimeException e) {
            LOG.warn(
                "class '{}' of model {} is not followed for now",
                follower.trafficClass(),
                one.network.name(),
                e);
            tell(one, Step.FAILED);
          }
        });
  }

  private void makeRevision(Followed one, RowBuffer rows) {
    NetworkIdentity network = one.network;
    String trafficClass = one.follower.trafficClass();
    CalibrationService calibration = calibrations.get();
    String source =
        statistics.active(network.model(), network.version()).split().primary().toString();
    String id =
        calibration
            .begin(
                network.model(),
                network.version(),
                new CalibrationService.Plan(
                    TrafficClass.shadowSet(trafficClass),
                    source,
                    Estimator.POOLED,
                    VarianceConvention.UNBIASED,
                    2),
                PRINCIPAL)
            .calibration()
            .id();
    try {
      int batches = Math.ceilDiv(rows.rows(), ROWS_PER_BATCH);
      for (int i = 0; i < batches; i++) {
        calibration.add(
            network.model(),
            id,
            rows.request(rows.rows() * i / batches, rows.rows() * (i + 1) / batches),
            null);
      }
      CalibrationService.Progress made =
          calibration.publish(
              network.model(),
              id,
              new CalibrationService.Publication(
                  false, false, "%d rows of traffic class %s".formatted(rows.rows(), trafficClass)),
              PRINCIPAL);
      judge(one, made);
    } finally {
      calibration.delete(network.model(), id);
    }
    prune(network, TrafficClass.shadowSet(trafficClass));
  }

  private void judge(Followed one, CalibrationService.Progress made) {
    RevisionName shadow =
        new RevisionName(
            made.calibration().set(),
            Objects.requireNonNull(made.calibration().publishedRevision()));
    if (!made.isCertifiedGood()) {
      LOG.info(
          "class '{}' of model {}: {} is not promoted: {}",
          one.follower.trafficClass(),
          one.network.model(),
          shadow,
          made.reasons());
      tell(one, Step.REFUSED);
      return;
    }
    add(one, shadow.toString(), true, "promoted " + shadow);
    LOG.info(
        "class '{}' of model {} gets {}", one.follower.trafficClass(), one.network.model(), shadow);
    tell(one, Step.PROMOTED);
  }

  private void goBack(Followed one, String why) {
    if (serving(one) == null) {
      return;
    }
    NetworkIdentity network = one.network;
    String source =
        statistics.active(network.model(), network.version()).split().primary().toString();
    add(one, source, false, "reset to %s: %s".formatted(source, why));
    LOG.info(
        "class '{}' of model {} gets {} again: {}",
        one.follower.trafficClass(),
        network.model(),
        source,
        why);
    tell(one, Step.RESET);
  }

  /**
   * A revision of what the class gets: a copy, so that its history is whole whatever is deleted.
   */
  private void add(Followed one, String of, boolean certified, String source) {
    NetworkIdentity network = one.network;
    RunningStatisticsService.Revision copied =
        statistics.get(network.model(), network.version(), of);
    String set = TrafficClass.followedSet(one.follower.trafficClass());
    RevisionMetadata metadata = copied.metadata();
    store.add(
        network,
        set,
        certified
            ? NewRevision.copyOf(copied.statistics(), metadata, PRINCIPAL, source)
            : new NewRevision(
                copied.statistics(),
                PRINCIPAL,
                source,
                metadata.sampleCount(),
                metadata.varianceConvention()),
        null);
    look(one);
    one.follower.forgetRecent();
    prune(network, set);
  }

  private void prune(NetworkIdentity network, String set) {
    List<RevisionMetadata> revisions =
        store.revisions(network, set, Integer.MAX_VALUE, settings.keepRevisions() + 1);
    if (revisions.size() > settings.keepRevisions()) {
      RevisionName oldest = revisions.getLast().name();
      try {
        statistics.delete(network.model(), network.version(), oldest);
      } catch (StoreConflictException e) {
        LOG.debug("{} of model {} stays, for somebody uses it", oldest, network.name(), e);
      }
    }
  }

  private void tell(Followed one, Step step) {
    observers.forEach(
        observer -> observer.happened(one.network, one.follower.trafficClass(), step));
  }

  /** Of a class that is followed, as far as this process has seen. */
  public record Status(
      String trafficClass,
      @Nullable RevisionName serving,
      int gathered,
      long byFollowed,
      long bySource) {}

  /**
   * All classes of a model version that are followed, by name.
   *
   * @throws ServingException.NotFound if it is not there
   */
  public List<Status> of(String model, @Nullable Long version) {
    NetworkIdentity network = repository.get(model, version).identity();
    return followed.values().stream()
        .filter(one -> one.network.equals(network))
        .sorted(Comparator.comparing((Followed one) -> one.follower.trafficClass()))
        .map(one -> {
          Follower.Counts counts = one.follower.counts();
          return new Status(
              one.follower.trafficClass(),
              serving(one),
              counts.gathered(),
              counts.byFollowed(),
              counts.bySource());
        })
        .toList();
  }

  /** What is in memory of a network that is gone. */
  void forget(NetworkIdentity network) {
    followed.keySet().removeIf(key -> key.network().equals(network));
  }

  /** Waits for what is being done: a database must not be interrupted while it reads. */
  public void close() throws InterruptedException {
    closed = true;
    todo.clear();
    var _ = todo.offer(new Follower.End());
    if (thread != null) {
      var _ = thread.join(LONGEST_END);
    }
  }
}
