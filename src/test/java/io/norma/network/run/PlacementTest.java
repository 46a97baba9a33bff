package io.norma.network.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Normalization;
import io.norma.onnx.OnnxBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both ways to lay tensors out in a workspace. */
final class PlacementTest {
  private static final int STEPS = 200;

  private static Stream<ToIntFunction<List<Place>>> placements() {
    return Stream.of(PlacementBySize::place, PlacementByStep::place);
  }

  @ParameterizedTest
  @MethodSource("placements")
  void keepsApartWhatIsAliveTogether(ToIntFunction<List<Place>> placement) {
    Random random = new Random(7);
    for (int round = 0; round < 20; round++) {
      List<Place> places = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        int first = random.nextInt(STEPS);
        int last = random.nextInt(10) == 0 ? Integer.MAX_VALUE : first + random.nextInt(20);
        places.add(place(random.nextInt(5) == 0 ? 0 : random.nextInt(1000), first, last));
      }

      int length = placement.applyAsInt(places);

      for (Place one : places) {
        assertThat(one.offset).isNotNegative();
        assertThat(one.offset % Place.ALIGNMENT).isZero();
        assertThat(one.end()).isLessThanOrEqualTo(length);
        for (Place other : places) {
          boolean together = one.first <= other.last && other.first <= one.last;
          boolean overlap = one.offset < other.end() && other.offset < one.end();
          assertThat(one != other && together && overlap && one.size() * other.size() > 0)
              .as("%d–%d and %d–%d", one.offset, one.end(), other.offset, other.end())
              .isFalse();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("placements")
  void usesMemoryAgain(ToIntFunction<List<Place>> placement) {
    List<Place> chain = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      chain.add(place(64, step, step + 1));
    }
    assertThat(placement.applyAsInt(chain)).isEqualTo(2 * 64);
  }

  private static Place place(int size, int first, int last) {
    TensorLife life = new TensorLife(size, first);
    life.last = last;
    return new Place(life.group);
  }

  /** More tensors than are laid out by size: x + x·n for n sums in a row. */
  @Test
  void runsANetworkOfManySteps() {
    int nodes = 5000;
    OnnxBuilder model = OnnxBuilder.operatorSet(17).input("x", -1, 3);
    for (int i = 0; i < nodes; i++) {
      String from = i == 0 ? "x" : "v" + i;
      String to = i == nodes - 1 ? "y" : "v" + (i + 1);
      model.node("add" + i, "Add", List.of(from, "x"), List.of(to));
    }
    ExecutionPlan plan = ExecutionPlan.compile(model.output("y", -1, 3).read().network());
    Normalization frozen = new Normalization.Frozen(plan.bind(plan.network().runningStatistics()));
    Workspace workspace = new Workspace();
    for (int run = 0; run < 3; run++) {
      Tensor x = Tensor.of(Shape.of(1, 3), new float[] {1, 2, 4});
      assertThat(plan.run(List.of(x), frozen, workspace).getFirst().toFloatArray())
          .containsExactly(5001, 10002, 20004);
    }
    assertThat(workspace.bytes()).isLessThan(4096);
  }
}
