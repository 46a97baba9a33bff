package io.norma.models;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.norma.admission.ComputeSlots;
import io.norma.kernel.tensor.LimitException;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TimeLimit;
import io.norma.network.ExecutionObserver;
import io.norma.network.LayerException;
import io.norma.network.run.Workspace;
import io.norma.onnx.ImportWarning;
import io.norma.serving.ServingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a model on zeros until its kernels run compiled code: until no run has been faster for a
 * while and no kernel waits for the compiler, or the time is up. The first runs of a large network
 * can take all of the time while they are still interpreted, so the time counts only after {@value
 * #LEAST_RUNS} runs.
 *
 * <p>A model may be opened before: once its runs did not become twice as fast for a while. Its
 * first requests then take up to ten times as long as they will, and the rest is done beside them.
 *
 * <p>A network of the same structure as one that was warmed before, with weights kept the same way,
 * finds its code compiled, and is only tried.
 *
 * <p>Single rows come first, then rows by the batch, which other kernels compute, if the model
 * takes batches and they need little memory.
 *
 * <p>What it runs on is made up: zeros, and ones where a network does not run on zeros because an
 * input of it is a size, a scale, a count or a divisor; dynamic extents besides the batch are a
 * guess. A model that runs on none of these is served all the same, and warmed by its first
 * request; it is refused only if no values could help.
 */
public final class Warmup implements ModelObserver, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Warmup.class);
  static final int LEAST_RUNS = 16;

  /** The compiler takes up a method without loops after 5,000 calls, one with loops sooner. */
  static final int HOT_RUNS = 5_000;

  private static final long SEED = 0;

  /** A full tile of rows in the matrix product, and one row over. */
  private static final int BATCH = 15;

  private static final long LARGEST_BATCH_BYTES = 16 << 20;

  private static final int STRUCTURES_KEPT = 1024;
  private static final int IDLE_SECONDS = 1;

  /**
   * Of networks that were warmed: a hash of each, for one that is taken for another is just slower.
   */
  private final Cache<Integer, Boolean> warmedStructures =
      Caffeine.newBuilder().maximumSize(STRUCTURES_KEPT).build();

  private final Duration atMost;
  private final boolean opensEarly;
  private final ComputeSlots slots;

  /** What opened and is neither warm nor removed yet. */
  private final Queue<Opened> opened = new ConcurrentLinkedQueue<>();

  private final ThreadPoolExecutor rest = oneThread();

  /**
   * @param atMost how long one model is warmed
   * @param opensEarly whether a model may be served before it is warm
   * @param slots where models compute: between those that somebody waits for
   */
  public Warmup(Duration atMost, boolean opensEarly, ComputeSlots slots) {
    this.atMost = atMost;
    this.opensEarly = opensEarly;
    this.slots = slots;
  }

  /** For one model at a time, since each takes a thread's time from requests; gone when idle. */
  private static ThreadPoolExecutor oneThread() {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            // Without the loader of the web server's thread that first asks for it.
            Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name("norma-warm-up-rest")
                .factory());
    executor.allowCoreThreadTimeOut(true);
    // What opens while the service stops is not warmed further.
    executor.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    return executor;
  }

  /** How far a model is warmed by when it is served. */
  enum Extent {
    /** Until it is of use, if that is allowed; the rest follows by itself. */
    OPENED,
    /** As far as it goes. */
    WARM
  }

  private record Opened(ServedModel model, WarmupTrial trial) {}

  /**
   * Warms a model.
   *
   * @param extent how far, before this returns
   * @param deadline until which it is warmed at most, but for one run
   * @throws ServingException.Invalid if it cannot run at all
   * @throws LimitException if it needs more memory than there is
   */
  void run(ServedModel model, Extent extent, TimeLimit.Deadline deadline) {
    long start = System.nanoTime();
    List<LayerException> failures = new ArrayList<>();
    // Where rows stay apart, one of them runs or none does.
    boolean decided =
        WarmupTrial.isDecidedByShapes(model)
            || (WarmupTrial.isLeast(model) && model.keepsRowsApart());
    for (WarmupTrial trial : WarmupTrial.of(model)) {
      try {
        run(model, trial, opensEarly ? extent : Extent.WARM, start, deadline);
        return;
      } catch (LayerException e) {
        if (trial.rows() == 1 || !decided) {
          failures.add(e);
        }
      } catch (LimitException e) {
        if (e.neverFits() && trial.rows() == 1 && decided) {
          throw e.of("the network does not run: ");
        }
        notTried(model, String.valueOf(e.getMessage()));
        return;
      }
    }
    LayerException first = failures.getFirst();
    boolean always =
        failures.stream()
            .allMatch(failure -> Objects.equals(failure.getMessage(), first.getMessage()));
    if (always && decided) {
      throw new ServingException.Invalid("the network does not run: " + first.getMessage(), first);
    }
    notTried(model, String.valueOf(first.getMessage()));
  }

  private static void notTried(ServedModel model, String reason) {
    model.warn(ImportWarning.notTried(reason));
    LOG.warn(
        "model {} version {} is served without having been tried: {}",
        model.name(),
        model.version(),
        reason);
  }

  private void run(
      ServedModel model,
      WarmupTrial trial,
      Extent extent,
      long start,
      TimeLimit.Deadline deadline) {
    int structure =
        Objects.hash(NetworkStructure.of(model.networkWithWeights()), model.weightFormat());
    boolean isKnown = warmedStructures.getIfPresent(structure) != null;
    WarmupPace single =
        isKnown
            ? run(model, trial, deadline, _ -> true)
            : run(model, trial, deadline, pace -> isOver(pace, extent, start));
    model.warmed();
    warmedStructures.put(structure, true);
    if (isKnown || extent == Extent.WARM) {
      log(model, "warmed", single, start);
    } else {
      log(model, "opened", single, start);
      opened.add(new Opened(model, trial));
      rest.execute(this::warmRest);
    }
  }

  /** Runs single rows, then rows by the batch if that is worth it. */
  private WarmupPace run(
      ServedModel model,
      WarmupTrial trial,
      TimeLimit.Deadline deadline,
      Predicate<WarmupPace> isOver) {
    WarmupPace single;
    long bytes;
    Workspace workspace = model.takeWorkspace();
    try {
      single = repeat(model, trial.inputs(model, trial.rows()), workspace, deadline, isOver);
      bytes = workspace.bytes();
    } finally {
      model.giveBack(workspace);
    }
    if (WarmupTrial.takesBatches(model)
        && !deadline.isOver()
        && bytes * BATCH <= LARGEST_BATCH_BYTES) {
      Workspace ofBatch = model.takeWorkspace();
      try {
        repeat(model, trial.inputs(model, BATCH), ofBatch, deadline, isOver);
      } catch (LayerException | LimitException e) {
        // The first extent is open for another reason: requests of one row are warm.
        LOG.debug("model {} version {} takes no batches", model.name(), model.version(), e);
      } finally {
        model.giveBack(ofBatch);
      }
    }
    return single;
  }

  /** Does for one model what was left when it opened, while it is there. */
  private void warmRest() {
    Opened left = opened.peek();
    if (left == null) {
      return;
    }
    ServedModel model = left.model;
    long start = System.nanoTime();
    try (ServedModel.Use use = model.useIfResident()) {
      if (use != null) {
        Predicate<WarmupPace> isOver =
            pace -> !left.equals(opened.peek()) || isOver(pace, Extent.WARM, start);
        WarmupPace single = run(model, left.trial, TimeLimit.none().begin(), isOver);
        log(model, "warmed", single, start);
      }
    } catch (RuntimeException e) {
      // It did run before; what is asked for warms itself.
      LOG.debug("model {} version {} is not warmed further", model.name(), model.version(), e);
    } finally {
      opened.remove(left);
    }
  }

  @Override
  public void removed(ServedModel model) {
    opened.removeIf(left -> left.model == model);
  }

  @Override
  public void replaced(ServedModel before, ServedModel model) {
    removed(before);
  }

  /** Ends what is warmed beside requests, after the run at hand. */
  @Override
  public void close() {
    opened.clear();
    rest.shutdown();
  }

  private static void log(ServedModel model, String done, WarmupPace pace, long start) {
    LOG.info(
        "model {} version {} {} in {} ms: {} runs of one row, the first {} µs, the fastest {} µs",
        model.name(),
        model.version(),
        done,
        (System.nanoTime() - start) / 1_000_000,
        pace.runs(),
        pace.first() / 1_000,
        pace.fastest() / 1_000);
  }

  /** Warms a model that did not run when it was loaded, on what it has just computed. */
  public void warmLater(ServedModel model, List<Tensor> inputs) {
    if (model.beginWarming()) {
      Thread.ofPlatform()
          .daemon()
          .name("norma-warm-up")
          .start(() -> {
            try {
              warm(model, inputs);
            } catch (RuntimeException e) {
              model.breakOffWarming();
              LOG.debug("model {} is not warmed yet", model.name(), e);
            }
          });
    }
  }

  private void warm(ServedModel model, List<Tensor> inputs) {
    long start = System.nanoTime();
    int runs = 0;
    long computed = 0;
    while (runs < HOT_RUNS && System.nanoTime() - start < atMost.toNanos()) {
      try (ServedModel.Use _ = model.use()) {
        Workspace workspace = model.takeWorkspace();
        try {
          computed += run(model, inputs, workspace);
        } finally {
          model.giveBack(workspace);
        }
      }
      runs++;
    }
    LOG.info(
        "model {} version {} warmed by {} runs on a request, {} ms in all",
        model.name(),
        model.version(),
        runs,
        computed / 1_000_000);
  }

  /** Runs once, and tells how long it took, in nanoseconds. */
  private long run(ServedModel model, List<Tensor> inputs, Workspace workspace) {
    ComputeSlots.Waiter slot = slots.enterInBackground();
    try {
      long start = System.nanoTime();
      // A network that draws random numbers needs a seed, any.
      model
          .plan()
          .run(inputs, model.defaultNormalization(), workspace, ExecutionObserver.NONE, SEED);
      long nanos = System.nanoTime() - start;
      model.cost().ran(inputs, nanos);
      return nanos;
    } finally {
      slots.leave(slot);
    }
  }

  private boolean isOver(WarmupPace pace, Extent extent, long start) {
    return System.nanoTime() - start >= atMost.toNanos()
        || (extent == Extent.OPENED ? pace.isOfUse() : pace.isSteady());
  }

  /** Runs {@value #LEAST_RUNS} times at least, but for a deadline, and until it is over. */
  private WarmupPace repeat(
      ServedModel model,
      List<Tensor> inputs,
      Workspace workspace,
      TimeLimit.Deadline deadline,
      Predicate<WarmupPace> isOver) {
    WarmupPace pace = new WarmupPace();
    do {
      pace.add(run(model, inputs, workspace));
    } while (!deadline.isOver() && (pace.runs() < LEAST_RUNS || !isOver.test(pace)));
    return pace;
  }
}
