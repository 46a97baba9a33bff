package io.norma.kernel.compute;

/**
 * How far two cores are from each other: how long a cache line takes there and back. On one machine
 * it may change while a benchmark runs, for a virtual machine's cores move: from 67 ns to 330 on
 * the same Zen 4.
 */
public final class CoreDistance {
  private static final long NANOS = 200_000_000;
  private static final int TRIPS = 1000;

  private static volatile int turn;
  private static volatile boolean done;

  private CoreDistance() {}

  /** Nanoseconds of a round trip, now. */
  public static double nanos() throws InterruptedException {
    done = false;
    turn = 0;
    Thread other = Thread.ofPlatform().daemon().start(CoreDistance::answer);
    long trips = 0;
    long start = System.nanoTime();
    long now;
    do {
      for (int i = 0; i < TRIPS; i++) {
        turn = 1;
        while (turn != 0) {
          Thread.onSpinWait();
        }
      }
      trips += TRIPS;
      now = System.nanoTime();
    } while (now < start + NANOS);
    done = true;
    other.join();
    return (now - start) / (double) trips;
  }

  private static void answer() {
    while (!done) {
      if (turn == 1) {
        turn = 0;
      }
      Thread.onSpinWait();
    }
  }
}
