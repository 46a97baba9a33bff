package io.norma.kernel.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.convolution.BlockedConvolution;
import io.norma.kernel.compute.elementwise.Activation;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.tensor.Memory;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ComputePoolTest {
  private static final int THREADS = 3;

  private final int before = ComputePool.get().threads();

  @AfterEach
  void restore() {
    ComputePool.configure(before);
  }

  @Test
  void splitsARequestAcrossTheWholePoolWhileItIsIdle() throws Exception {
    ComputePool.configure(THREADS);
    assertThat(threadsOfARequest(THREADS)).hasSize(THREADS).contains(Thread.currentThread());
  }

  @Test
  void leavesToItsOwnThreadWhatIsTooLittleOrWhereOthersHaveWork() throws Exception {
    ComputePool.configure(THREADS);
    ComputePool.alone(ComputePoolTest::assertRunsOnThisThread);
    for (int i = 0; i < THREADS; i++) {
      ComputePool.claim();
    }
    try {
      assertRunsOnThisThread();
    } finally {
      for (int i = 0; i < THREADS; i++) {
        ComputePool.release();
      }
    }
    assertThat(threadsOfARequest(THREADS)).hasSize(THREADS);
  }

  private static void assertRunsOnThisThread() {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    ComputePool.get().run(100, (_, _) -> threads.add(Thread.currentThread()));
    assertThat(threads).containsExactly(Thread.currentThread());
  }

  @Test
  void leavesARequestToItsOwnThreadWhileTheHelpersAreBusy() throws Exception {
    ComputePool.configure(THREADS);
    CountDownLatch busy = new CountDownLatch(THREADS);
    CountDownLatch over = new CountDownLatch(1);
    Thread first =
        Thread.ofPlatform()
            .start(() ->
                ComputePool.get()
                    .run(
                        THREADS,
                        (_, _) -> {
                          busy.countDown();
                          await(over);
                        }));
    await(busy);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    ComputePool.get().run(100, (_, _) -> threads.add(Thread.currentThread()));
    over.countDown();
    first.join();

    assertThat(threads).containsExactly(Thread.currentThread());
  }

  @Test
  void helpersComeBackWhenTheirWorkIsDone() throws Exception {
    ComputePool.configure(THREADS);
    Set<Thread> first = threadsOfARequest(THREADS);
    assertThat(threadsOfARequest(THREADS)).isEqualTo(first);
  }

  @Test
  void computesOnNoMoreThreadsThanConfiguredForOneRequest() throws Exception {
    for (int threads = 1; threads <= 4; threads++) {
      ComputePool.configure(threads);
      AtomicInteger inside = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      Set<Thread> seen = ConcurrentHashMap.newKeySet();
      Set<Integer> workers = ConcurrentHashMap.newKeySet();
      for (int request = 0; request < 50; request++) {
        ComputePool.get()
            .run(
                200,
                (_, worker) -> {
                  most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                  seen.add(Thread.currentThread());
                  workers.add(worker);
                  Thread.onSpinWait();
                  inside.decrementAndGet();
                });
      }
      assertThat(most.get()).isLessThanOrEqualTo(threads);
      assertThat(seen).hasSizeLessThanOrEqualTo(threads);
      assertThat(workers).allMatch(worker -> worker < ComputePool.get().threads());
    }
  }

  @Test
  void givesTheSameBitsOnAnyNumberOfThreads() {
    ComputePool.configure(1);
    float[] alone = convolve();
    for (int threads = 2; threads <= 4; threads++) {
      ComputePool.configure(threads);
      for (int run = 0; run < 5; run++) {
        assertThat(Arrays.equals(convolve(), alone)).as("%d threads", threads).isTrue();
      }
    }
  }

  @Test
  void throwsWhatAPartThrowsAndStaysUsable() throws Exception {
    ComputePool.configure(THREADS);
    IllegalStateException failure = new IllegalStateException("part 7");
    assertThat(
            catchThrowable(() ->
                ComputePool.get()
                    .run(
                        10,
                        (part, _) -> {
                          if (part == 7) {
                            throw failure;
                          }
                        })))
        .isSameAs(failure);
    assertThat(threadsOfARequest(THREADS)).hasSize(THREADS);
  }

  /**
   * The threads that work on a request of as many parts as there are to be threads, each part
   * ending when all have begun. Helpers that have just ended other work may be on their way back,
   * so a request is made again until it gets all.
   */
  private static Set<Thread> threadsOfARequest(int parts) throws InterruptedException {
    while (true) {
      Set<Thread> threads = ConcurrentHashMap.newKeySet();
      CountDownLatch begun = new CountDownLatch(parts);
      ComputePool.get()
          .run(
              parts,
              (_, _) -> {
                threads.add(Thread.currentThread());
                begun.countDown();
                try {
                  // With fewer threads than parts the others never begin.
                  begun.await(200, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      if (threads.size() == parts) {
        return threads;
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A convolution that is large enough to be shared. */
  private static float[] convolve() {
    Random random = new Random(5);
    int channels = 64;
    int extent = 28;
    float[] weights = random(random, channels * channels * 9);
    BlockedConvolution convolution =
        BlockedConvolution.pack(weights, 0, channels, channels, 1, 3, 3, true);
    float[] x = random(random, channels * extent * extent);
    float[] y = new float[channels * extent * extent];
    PlaneGeometry geometry =
        new PlaneGeometry(extent, extent, 3, 3, 1, 1, 1, 1, 1, 1, extent, extent);
    Epilogue epilogue =
        new Epilogue(random(random, 2 * channels), 0, channels, 0, Activation.RELU, null, 0);
    convolution.forward(x, 0, y, 0, 1, geometry, epilogue, Memory.heap());
    return y;
  }

  private static float[] random(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
