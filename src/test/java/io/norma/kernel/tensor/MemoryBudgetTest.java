package io.norma.kernel.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class MemoryBudgetTest {
  private final MemoryBudget whole = new MemoryBudget("the whole", 100);
  private final MemoryBudget part = whole.part("the part", 60);

  @Test
  void tellsWhatNeverFitsFromWhatOthersHold() {
    part.reserve(50, 0);
    assertThatThrownBy(() -> part.reserve(20, 0))
        .isInstanceOfSatisfying(
            MemoryLimitException.class, e -> assertThat(e.neverFits()).isFalse())
        .hasMessageContainingAll("20 bytes", "60", "the part", "later");
    assertThatThrownBy(() -> part.reserve(20, 50))
        .isInstanceOfSatisfying(MemoryLimitException.class, e -> assertThat(e.neverFits()).isTrue())
        .hasMessageContainingAll("70 bytes", "60", "the part");
    assertThat(part.reserved()).isEqualTo(50);
  }

  @Test
  void aPartNeedsTheBytesOfTheWhole() {
    whole.reserve(70, 0);
    assertThatThrownBy(() -> part.reserve(40, 0))
        .isInstanceOf(MemoryLimitException.class)
        .hasMessageContaining("the whole");
    assertThat(part.reserved()).isZero();
    part.reserve(30, 0);
    assertThat(whole.reserved()).isEqualTo(100);
    part.release(30);
    assertThat(whole.reserved()).isEqualTo(70);
  }

  @Test
  void asksForWhatIsNotInUseBeforeItRefuses() {
    AtomicInteger idle = new AtomicInteger(3);
    whole.reserve(90, 0);
    whole.reclaimBy(() -> {
      if (idle.getAndDecrement() <= 0) {
        return false;
      }
      whole.release(10);
      return true;
    });
    whole.reserve(35, 0);
    assertThat(whole.reserved()).isEqualTo(95);
    assertThatThrownBy(() -> whole.reserve(35, 0)).isInstanceOf(MemoryLimitException.class);
  }
}
