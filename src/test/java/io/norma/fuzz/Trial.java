package io.norma.fuzz;

import com.sun.management.ThreadMXBean;
import io.norma.http.codec.RequestMemory;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.network.LayerException;
import io.norma.onnx.file.OnnxImportException;
import io.norma.onnx.restoration.CheckpointMismatchException;
import io.norma.serving.ServingException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One input tried on a target, within a request's budget of memory: it is taken, or refused with a
 * reason, soon and without more memory than an input of its size may cost.
 */
public final class Trial {
  /** Exceptions that become an answer which tells what is wrong. */
  static final List<Class<? extends RuntimeException>> REFUSALS =
      List.of(
          ServingException.class,
          OnnxImportException.class,
          CheckpointMismatchException.class,
          MemoryLimitException.class,
          LayerException.class);

  /** What a request may hold at one time. */
  private static final long BUDGET = 16 << 20;

  /** What it may allocate in all, garbage included. */
  private static final long MOST_ALLOCATED = 16 * BUDGET;

  /** Of one processor: hundreds of times what the slowest input takes that is taken. */
  private static final long MOST_NANOS = 10_000_000_000L;

  private static final int SHOWN = 3000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Trial() {}

  /**
   * Tries an input.
   *
   * @return whether it is taken
   * @throws AssertionError if it is a finding
   */
  public static boolean of(FuzzTarget target, byte[] input) {
    Cost first = new Cost();
    boolean taken = taken(target, input.clone(), input);
    if (first.isTooMuch()) {
      // The first input of all pays for the classes that are loaded, too.
      Cost second = new Cost();
      taken(target, input.clone(), input);
      if (second.isTooMuch()) {
        throw finding(target, input, "took " + second, null);
      }
    }
    return taken;
  }

  /** What this thread has taken since. */
  private static final class Cost {
    private final long allocated = THREADS.getCurrentThreadAllocatedBytes();
    private final long start = THREADS.getCurrentThreadCpuTime();

    private long bytes() {
      return THREADS.getCurrentThreadAllocatedBytes() - allocated;
    }

    private long nanos() {
      return THREADS.getCurrentThreadCpuTime() - start;
    }

    boolean isTooMuch() {
      return nanos() > MOST_NANOS || bytes() > MOST_ALLOCATED;
    }

    @Override
    public String toString() {
      return "%d ms and %d bytes".formatted(nanos() / 1_000_000, bytes());
    }
  }

  private static boolean taken(FuzzTarget target, byte[] copy, byte[] input) {
    MemoryBudget budget = new MemoryBudget("the budget of one request", BUDGET);
    try (RequestMemory memory = new RequestMemory(budget)) {
      memory.during(() -> {
        target.read(copy);
        return true;
      });
      return true;
    } catch (RuntimeException e) {
      if (!isRefusal(e)) {
        throw finding(target, input, e.toString(), e);
      }
      if (e.getMessage() == null || e.getMessage().isBlank()) {
        throw finding(target, input, "is refused without a reason", e);
      }
      return false;
    } catch (IOException | Error e) {
      throw finding(target, input, e.toString(), e);
    }
  }

  private static boolean isRefusal(RuntimeException e) {
    return REFUSALS.stream().anyMatch(refusal -> refusal.isInstance(e));
  }

  private static AssertionError finding(
      FuzzTarget target, byte[] input, String what, @Nullable Throwable e) {
    String bytes = Base64.getEncoder().encodeToString(input);
    return new AssertionError(
        "%s: %s; the input, %d bytes in Base64: %s"
            .formatted(
                target.name(),
                what,
                input.length,
                bytes.length() > SHOWN ? bytes.substring(0, SHOWN) + "…" : bytes),
        e);
  }
}
