package io.norma.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ComputeSlotsTest {
  /** Nanoseconds. */
  private static final long SHORT = 50_000;

  private static final long USUAL = 20_000_000;
  private static final long LONG = 60_000_000_000L;

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
    slots.promote(late, 1, USUAL);
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

  @Test
  void letsWhatIsShortGoBeforeWhatIsNot() {
    ComputeSlots slots = new ComputeSlots(1, 8);
    assertThat(slots.tryEnter()).isTrue();
    join(slots, USUAL, "batch");
    join(slots, SHORT, "row");
    join(slots, SHORT, "row after it");
    join(slots, USUAL, "batch after it");
    for (int i = 0; i < 4; i++) {
      slots.leave();
    }
    assertThat(granted).containsExactly("row", "row after it", "batch", "batch after it");
  }

  /** Two that take a minute each would keep all others from both slots for so long. */
  @Test
  void keepsOneSlotFromWhatIsVeryLong() {
    ComputeSlots slots = new ComputeSlots(2, 8);
    ComputeSlots.Waiter first = join(slots, LONG, "long");
    join(slots, LONG, "also long");
    assertThat(granted).containsExactly("long");
    assertThat(slots.computing()).isOne();
    join(slots, USUAL, "usual");
    assertThat(granted).containsExactly("long", "usual");
    slots.leave();
    assertThat(granted).containsExactly("long", "usual");
    slots.leave(first);
    assertThat(granted).containsExactly("long", "usual", "also long");
  }

  @Test
  void computesWhatIsVeryLongWhereThereIsOneSlot() {
    ComputeSlots slots = new ComputeSlots(1, 8);
    join(slots, LONG, "long");
    assertThat(granted).containsExactly("long");
  }

  @Test
  void movesForwardWithSomethingShorter() {
    ComputeSlots slots = new ComputeSlots(2, 8);
    join(slots, LONG, "long");
    ComputeSlots.Waiter waiter = join(slots, LONG, "also long");
    slots.promote(waiter, 5, SHORT);
    assertThat(granted).containsExactly("long", "also long");
  }

  private ComputeSlots.Waiter join(ComputeSlots slots, long expected, String name) {
    return slots.join(5, expected, _ -> granted.add(name));
  }

  private ComputeSlots.Waiter join(ComputeSlots slots, int level, String name) {
    return slots.join(level, () -> granted.add(name));
  }
}
