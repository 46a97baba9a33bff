package io.norma.models;

import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.network.Network;
import io.norma.network.run.ExecutionPlan;
import io.norma.onnx.ImportResult;
import io.norma.serving.ServingException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one network and the plans that are made of them. Where they can come back they may
 * be given back, while nobody uses them; who wants to use them then has them brought back, and who
 * comes meanwhile waits for the same attempt.
 */
final class ResidentNetwork {
  private static final int ABSENT = -1;

  /** They are just being given back: nobody may bring them back before that is done. */
  private static final int LEAVING = -2;

  /** About as long as it takes to give them back. */
  private static final long MOMENT_NANOS = 20_000;

  private final AtomicInteger users = new AtomicInteger();
  private final AtomicReference<@Nullable CompletableFuture<Void>> comeback =
      new AtomicReference<>();

  /** Null while they are given back. */
  private volatile @Nullable Weights weights;

  private volatile @Nullable Owner owner;
  private volatile long lastUse = System.nanoTime();
  private volatile @Nullable String failure;

  ResidentNetwork(Weights weights) {
    this.weights = weights;
  }

  /** Who brings weights back, and decides when they go. */
  interface Owner {
    /**
     * Loads them once more.
     *
     * @throws ServingException if that cannot be
     */
    Weights bringBack();

    /** Gives back the memory that was reserved for them, and what else stands on them. */
    void gone();

    /** One who used them is done. */
    void used();
  }

  /** A network with its weights, and its plans: one for serving, one compiled when it is needed. */
  static final class Weights {
    private final ImportResult imported;
    private final Network network;
    private final ExecutionPlan plan;
    private volatile @Nullable ExecutionPlan observationPlan;

    /**
     * @param imported what the files say
     * @param network the same with what stands in for what they lost
     * @param format how the plan for serving keeps those of dense layers
     */
    Weights(ImportResult imported, Network network, WeightFormat format) {
      this.imported = imported;
      this.network = network;
      plan = ExecutionPlan.compile(network, format);
    }

    ImportResult imported() {
      return imported;
    }

    Network network() {
      return network;
    }

    ExecutionPlan plan() {
      return plan;
    }

    ExecutionPlan observationPlan() {
      ExecutionPlan compiled = observationPlan;
      if (compiled == null) {
        synchronized (this) {
          compiled = observationPlan;
          if (compiled == null) {
            compiled = ExecutionPlan.compileForObservation(network);
            observationPlan = compiled;
          }
        }
      }
      return compiled;
    }
  }

  /** Lets weights go from now on, since somebody brings them back. */
  void ownedBy(Owner by) {
    owner = by;
  }

  /**
   * Has the weights stay until {@link #leave}; brings them back if they are gone.
   *
   * @throws ServingException if they cannot be brought back
   */
  void enter() {
    while (!tryEnter()) {
      CompletableFuture<Void> mine = new CompletableFuture<>();
      CompletableFuture<Void> running = comeback.compareAndExchange(null, mine);
      if (running != null) {
        await(running);
      } else if (bringBack(mine)) {
        return;
      } else {
        LockSupport.parkNanos(this, MOMENT_NANOS);
      }
    }
  }

  /** Has the weights stay until {@link #leave}, if they are there. */
  boolean tryEnter() {
    while (true) {
      int count = users.get();
      if (count < 0) {
        return false;
      }
      if (users.compareAndSet(count, count + 1)) {
        return true;
      }
    }
  }

  private static void await(CompletableFuture<Void> running) {
    try {
      running.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ServingException refused) {
        throw refused;
      }
      throw e;
    }
  }

  /** Whether the caller is a user now; if not, somebody else was faster. */
  private boolean bringBack(CompletableFuture<Void> attempt) {
    boolean brought = false;
    try {
      if (users.get() == ABSENT) {
        weights = Objects.requireNonNull(owner).bringBack();
        failure = null;
        lastUse = System.nanoTime();
        users.set(1);
        brought = true;
      }
      comeback.set(null);
      attempt.complete(null);
      return brought;
    } catch (RuntimeException | Error e) {
      failure = String.valueOf(e.getMessage());
      comeback.set(null);
      attempt.completeExceptionally(e);
      throw e;
    }
  }

  /** Ends what began with {@link #enter} or {@link #tryEnter}. */
  void leave() {
    lastUse = System.nanoTime();
    users.decrementAndGet();
    Owner told = owner;
    if (told != null) {
      told.used();
    }
  }

  /** Gives the weights back, unless somebody uses them or nobody can bring them back. */
  boolean tryGiveBack() {
    Owner told = owner;
    if (told == null || !users.compareAndSet(0, LEAVING)) {
      return false;
    }
    try {
      weights = null;
      told.gone();
    } finally {
      users.set(ABSENT);
    }
    return true;
  }

  /** What is there, for one who entered; for others it may be gone in the next moment. */
  <T> T with(Function<Weights, T> use) {
    Weights there = weights;
    if (there != null) {
      return use.apply(there);
    }
    enter();
    try {
      return use.apply(Objects.requireNonNull(weights));
    } finally {
      leave();
    }
  }

  boolean isResident() {
    return users.get() >= 0;
  }

  /** Whether they are in memory, or just being brought there. */
  boolean takesMemory() {
    return isResident() || comeback.get() != null;
  }

  /** When they were last used, by {@link System#nanoTime}. */
  long lastUse() {
    return lastUse;
  }

  /** Why they could not be brought back the last time, or {@code null} if they could. */
  @Nullable String failure() {
    return failure;
  }
}
