package io.norma.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.norma.serving.ServingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ComputeSlotsTest {
  private static final int ROUNDS = 200;

  @Test
  void letsNobodyPastThoseWhoWait() throws InterruptedException {
    ComputeSlots slots = new ComputeSlots(1, 8);
    for (int round = 0; round < ROUNDS; round++) {
      List<String> order = Collections.synchronizedList(new ArrayList<>());
      slots.enter(Turn.usual());
      Thread first = entering(slots, order, "first");
      awaitWaiting(slots, 1);
      Thread second = entering(slots, order, "second");
      awaitWaiting(slots, 2);
      slots.leave();
      slots.enter(Turn.usual());
      order.add("late");
      slots.leave();
      first.join();
      second.join();
      assertThat(order).as("round %d", round).containsExactly("first", "second", "late");
    }
    assertThat(slots.computing()).isZero();
    assertThat(slots.waiting()).isZero();
  }

  private static Thread entering(ComputeSlots slots, List<String> order, String name) {
    return Thread.ofPlatform()
        .start(() -> {
          slots.enter(Turn.usual());
          order.add(name);
          slots.leave();
        });
  }

  private static void awaitWaiting(ComputeSlots slots, int count) {
    // Who counts as waiting may not be in the queue yet: it is once its thread is parked.
    await()
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() ->
            slots.waiting() >= count
                && Thread.getAllStackTraces().values().stream()
                        .filter(ComputeSlotsTest::isParkedInEnter)
                        .count()
                    >= count);
  }

  private static boolean isParkedInEnter(StackTraceElement[] stack) {
    return stack.length > 0
        && stack[0].getMethodName().equals("park")
        && IntStream.range(0, stack.length)
            .anyMatch(i -> stack[i].getClassName().equals(ComputeSlots.class.getName()));
  }

  @Test
  void entersAtOnceWhereASlotIsFree() {
    ComputeSlots slots = new ComputeSlots(2, 0);
    slots.enter(Turn.usual());
    slots.enter(Turn.usual());
    assertThat(slots.computing()).isEqualTo(2);
    assertThatThrownBy(() -> slots.enter(Turn.usual()))
        .isInstanceOf(ServingException.Overloaded.class)
        .hasMessageContaining("norma.inference.max-queue");
    slots.leave();
    slots.enter(Turn.usual());
    assertThat(slots.waiting()).isZero();
  }

  @Test
  void turnsAnInterruptedCallerAway() {
    ComputeSlots slots = new ComputeSlots(1, 1);
    slots.enter(Turn.usual());
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> slots.enter(Turn.usual()))
        .isInstanceOf(ServingException.Unavailable.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(slots.waiting()).isZero();
  }
}
