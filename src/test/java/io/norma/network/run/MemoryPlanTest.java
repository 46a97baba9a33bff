package io.norma.network.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.compute.CacheLines;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class MemoryPlanTest {
  private final MemoryPlan.Recorder recorder = new MemoryPlan.Recorder();

  @Test
  void aChainNeedsRoomForTwo() {
    Tensor a = step(160);
    Tensor b = step(160, a);
    Tensor c = step(160, b);
    step(160, c);
    assertThat(recorder.plan().length()).isEqualTo(CacheLines.LEAD + 320);
  }

  @Test
  void aValueKeepsItsPlaceUntilItsLastReader() {
    Tensor a = step(16);
    Tensor b = step(16, a);
    Tensor c = step(16, b);
    recorder.beginStep();
    recorder.used(a);
    recorder.used(c);
    MemoryPlan plan = recorder.plan();
    assertThat(plan.offset(0, 0, 16)).isNotEqualTo(plan.offset(1, 0, 16));
    assertThat(plan.offset(0, 0, 16)).isNotEqualTo(plan.offset(2, 0, 16));
  }

  @Test
  void aReaderOfAViewKeepsTheWholeAlive() {
    Tensor a = step(16);
    recorder.beginStep();
    recorder.used(a);
    Tensor b = step(16);
    recorder.beginStep();
    recorder.used(a.reshape(Shape.of(4, 4)));
    recorder.used(b);
    MemoryPlan plan = recorder.plan();
    assertThat(plan.offset(0, 0, 16)).isNotEqualTo(plan.offset(2, 0, 16));
  }

  @Test
  void anOutputOfTheNetworkLivesToTheEnd() {
    Tensor a = step(16);
    step(16);
    step(16);
    recorder.usedAtEnd(a);
    MemoryPlan plan = recorder.plan();
    assertThat(plan.offset(0, 0, 16)).isNotEqualTo(plan.offset(1, 0, 16));
    assertThat(plan.offset(0, 0, 16)).isNotEqualTo(plan.offset(2, 0, 16));
  }

  @Test
  void whatWasNotForeseenHasNoPlace() {
    step(16);
    MemoryPlan plan = recorder.plan();
    assertThat(plan.offset(0, 0, 17)).as("larger").isEqualTo(-1);
    assertThat(plan.offset(0, 1, 1)).as("one more").isEqualTo(-1);
  }

  private Tensor step(int size, Tensor... inputs) {
    recorder.beginStep();
    for (Tensor input : inputs) {
      recorder.used(input);
    }
    Tensor output = Tensor.zeros(DataType.FP32, Shape.of(size));
    recorder.allocated(output);
    return output;
  }
}
