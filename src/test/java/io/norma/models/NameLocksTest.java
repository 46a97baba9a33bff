package io.norma.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

final class NameLocksTest {
  private final NameLocks locks = new NameLocks();

  @Test
  void letsOneWorkOnANameAtATimeAndKeepsNothingBehind() throws Exception {
    int[] counts = new int[3];
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 3000; i++) {
        int name = i % counts.length;
        running.add(
            executor.submit(() ->
                locks.whileLocked(
                    "model-" + name,
                    () -> {
                      int before = counts[name];
                      // Not for the time: another one gets a chance to come in between.
                      LockSupport.parkNanos(1);
                      counts[name] = before + 1;
                      return counts[name];
                    })));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    assertThat(counts).containsOnly(1000);
    assertThat(locks.inUse()).isZero();
  }

  @Test
  void isFreeAgainAfterAFailure() {
    assertThatThrownBy(() ->
            locks.whileLocked(
                "m",
                () -> {
                  throw new IOException("the body ended");
                }))
        .isInstanceOf(IOException.class);
    assertThat(locks.inUse()).isZero();
    assertThat(locks.whileLocked("m", () -> 1)).isEqualTo(1);
  }
}
