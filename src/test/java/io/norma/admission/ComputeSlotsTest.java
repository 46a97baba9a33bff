package io.norma.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ComputeSlotsTest {
  private final List<String> granted = new ArrayList<>();

  @Test
  void letsNobodyPastThoseWhoWait() {
    ComputeSlots slots = new ComputeSlots(1, 8);
    assertThat(slots.tryEnter()).isTrue();
    join(slots, 5, "first");
    join(slots, 5, "second");
    slots.leave();
    assertThat(granted).containsExactly("first");
    assertThat(slots.tryEnter()).isFalse();
    slots.leave();
    assertThat(granted).containsExactly("first", "second");
    slots.leave();
    assertThat(slots.computing()).isZero();
  }

  @Test
  void grantsAtOnceWhereASlotIsFree() {
    ComputeSlots slots = new ComputeSlots(2, 0);
    join(slots, 5, "first");
    join(slots, 5, "second");
    assertThat(granted).containsExactly("first", "second");
    assertThat(slots.computing()).isEqualTo(2);
  }

  @Test
  void goesByLevelAndMovesForward() {
    ComputeSlots slots = new ComputeSlots(1, 8);
    assertThat(slots.tryEnter()).isTrue();
    join(slots, Turn.BACKGROUND, "background");
    join(slots, 5, "usual");
    ComputeSlots.Waiter late = join(slots, 9, "late");
    join(slots, 2, "urgent");
    slots.promote(late, 1);
    for (int i = 0; i < 4; i++) {
      slots.leave();
    }
    assertThat(granted).containsExactly("late", "urgent", "usual", "background");
  }

  @Test
  void givesTheBackgroundItsTurnWhenItHasWaitedForLong() throws InterruptedException {
    ComputeSlots slots = new ComputeSlots(1, 8);
    assertThat(slots.tryEnter()).isTrue();
    join(slots, Turn.BACKGROUND, "background");
    join(slots, 5, "usual");
    Thread.sleep(300);
    slots.leave();
    assertThat(granted).containsExactly("background");
  }

  @Test
  void forgetsWhoGivesUp() {
    ComputeSlots slots = new ComputeSlots(1, 8);
    assertThat(slots.tryEnter()).isTrue();
    ComputeSlots.Waiter waiter = join(slots, 5, "gone");
    assertThat(slots.giveUp(waiter)).isTrue();
    assertThat(slots.giveUp(waiter)).isFalse();
    slots.leave();
    assertThat(granted).isEmpty();
    assertThat(slots.computing()).isZero();
  }

  @Test
  void holdsNoMorePlacesThanItWasGiven() {
    ComputeSlots slots = new ComputeSlots(1, 1);
    slots.takePlace();
    assertThatThrownBy(slots::takePlace)
        .isInstanceOf(ServingException.Overloaded.class)
        .hasMessageContaining("norma.inference.max-queue");
    slots.requirePlace();
    assertThat(slots.tryEnter()).isTrue();
    assertThatThrownBy(slots::requirePlace).isInstanceOf(ServingException.Overloaded.class);
    slots.givePlace();
    slots.requirePlace();
    assertThat(slots.waiting()).isZero();
  }

  @Test
  void turnsAnInterruptedThreadAway() {
    ComputeSlots slots = new ComputeSlots(1, 1);
    assertThat(slots.tryEnter()).isTrue();
    Thread.currentThread().interrupt();
    assertThatThrownBy(slots::enterInBackground).isInstanceOf(ServingException.Unavailable.class);
    assertThat(Thread.interrupted()).isTrue();
    slots.leave();
    assertThat(slots.computing()).isZero();
  }

  private ComputeSlots.Waiter join(ComputeSlots slots, int level, String name) {
    return slots.join(level, () -> granted.add(name));
  }
}
