package io.norma.network.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.compute.CacheLines;
import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.Concat;
import io.norma.kernel.layer.Negate;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.Normalization;
import io.norma.network.TensorMetadata;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TensorGroupTest {
  private final MemoryPlan.Recorder recorder = new MemoryPlan.Recorder();

  @Test
  void partsStandInTheWhole() {
    Tensor a = step(32);
    Tensor b = step(16);
    Tensor whole = concat(a, b);
    MemoryPlan plan = recorder.plan();
    assertThat(offset(plan, 0)).isEqualTo(offset(plan, 2));
    assertThat(offset(plan, 1)).isEqualTo(offset(plan, 2) + 32);
    assertThat(plan.length()).isEqualTo(CacheLines.LEAD + whole.size());
  }

  @Test
  void wholesThatBeginAlikeShareTheirBeginning() {
    Tensor a = step(32);
    Tensor b = step(16, a);
    concat(a, b);
    Tensor c = step(48);
    concat(a, b, c);
    MemoryPlan plan = recorder.plan();
    assertThat(plan.length()).isEqualTo(CacheLines.LEAD + 96);
    assertThat(List.of(offset(plan, 0), offset(plan, 2), offset(plan, 4)))
        .containsOnly(CacheLines.LEAD);
    assertThat(offset(plan, 3)).isEqualTo(CacheLines.LEAD + 48);
  }

  @Test
  void aWholeIsPartOfAnother() {
    Tensor a = step(16);
    Tensor b = step(16);
    Tensor inner = concat(a, b);
    Tensor c = step(16);
    concat(c, inner);
    MemoryPlan plan = recorder.plan();
    assertThat(plan.length()).isEqualTo(CacheLines.LEAD + 48);
    assertThat(offset(plan, 0)).isEqualTo(offset(plan, 4) + 16);
    assertThat(offset(plan, 1)).isEqualTo(offset(plan, 4) + 32);
  }

  @Test
  void whatFollowsTheSamePartInTwoWholesStaysApart() {
    Tensor a = step(16);
    Tensor b = step(16);
    Tensor c = step(16);
    Tensor first = concat(a, b);
    Tensor second = concat(a, c);
    step(16, first, second);
    MemoryPlan plan = recorder.plan();
    assertThat(offset(plan, 3)).isNotEqualTo(offset(plan, 4));
    assertThat(offset(plan, 1)).isNotEqualTo(offset(plan, 2));
  }

  @Test
  void aPartIsWhereItsFirstWholeNeedsIt() {
    Tensor a = step(16);
    Tensor b = step(16);
    concat(a, b);
    concat(b, a);
    MemoryPlan plan = recorder.plan();
    assertThat(offset(plan, 1)).isEqualTo(offset(plan, 0) + 16);
  }

  @Test
  void copiesAreMadeWhereSavingThemWouldTakeMuchMemory() {
    Tensor small = step(16);
    Tensor large = step(1600, small);
    Tensor other = step(1600, large);
    Tensor tiny = step(16, other);
    Tensor late = step(1616, tiny);
    Tensor whole = concat(late, small);
    // With a place for all of the whole from the first step on it would be both larges more.
    assertThat(recorder.plan().length()).isLessThan(whole.size() + large.size() + other.size());
  }

  /** Later runs place tensors by plan, the first one keeps each in memory of its own. */
  @ParameterizedTest
  @ValueSource(ints = {16, 5})
  void anyNetworkComputesTheSameBitsPlannedAsOnTheHeap(int unit) {
    for (int seed = 0; seed < 300; seed++) {
      Network network = random(new Random(seed), unit);
      ExecutionPlan plan = ExecutionPlan.compile(network);
      Normalization frozen =
          new Normalization.Frozen(plan.bind(new RunningStatistics(new LinkedHashMap<>())));
      Workspace workspace = new Workspace();
      for (int rows : new int[] {1, 2}) {
        float[] x = new float[rows * unit];
        for (int i = 0; i < x.length; i++) {
          x[i] = i + 1;
        }
        List<Tensor> input = List.of(Tensor.of(Shape.of(rows, unit), x));
        List<Tensor> expected = plan.run(input, frozen, new Workspace());
        for (int run = 0; run < 2; run++) {
          List<Tensor> planned = plan.run(input, frozen, workspace);
          for (int i = 0; i < expected.size(); i++) {
            assertThat(planned.get(i).floats())
                .as("seed %d, %d rows, output %d", seed, rows, i)
                .isEqualTo(expected.get(i).floats());
          }
        }
      }
    }
  }

  /** Negations, doublings, and joins of up to four values, some of them twice. */
  private static Network random(Random random, int unit) {
    List<String> values = new ArrayList<>(List.of("v0"));
    List<Integer> sizes = new ArrayList<>(List.of(unit));
    List<Node> nodes = new ArrayList<>();
    for (int n = 1; n < 14; n++) {
      String name = "v" + n;
      int from = random.nextInt(n);
      switch (random.nextInt(4)) {
        case 0 -> {
          nodes.add(new Node(name, "Neg", new Negate(), List.of(values.get(from)), List.of(name)));
          sizes.add(sizes.get(from));
        }
        case 1 -> {
          String value = values.get(from);
          nodes.add(new Node(name, "Add", new Add(), List.of(value, value), List.of(name)));
          sizes.add(sizes.get(from));
        }
        default -> {
          List<String> parts = new ArrayList<>();
          int size = 0;
          for (int p = random.nextInt(4); p >= 0; p--) {
            int part = Math.max(0, n - 1 - random.nextInt(5));
            parts.add(values.get(part));
            size += sizes.get(part);
          }
          nodes.add(new Node(name, "Concat", new Concat(1), parts, List.of(name)));
          sizes.add(size);
        }
      }
      values.add(name);
    }
    List<TensorMetadata> outputs = new ArrayList<>();
    for (int i = 8; i < values.size(); i++) {
      outputs.add(
          new TensorMetadata(values.get(i), DataType.FP32, List.of(-1L, (long) sizes.get(i))));
    }
    return new Network(
        "random",
        List.of(new TensorMetadata("v0", DataType.FP32, List.of(-1L, (long) unit))),
        outputs,
        nodes,
        Map.of(),
        List.of(),
        new RunningStatistics(new LinkedHashMap<>()));
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

  private Tensor concat(Tensor... parts) {
    int size = 0;
    for (Tensor part : parts) {
      size += part.size();
    }
    Tensor whole = step(size, parts);
    int from = 0;
    for (Tensor part : parts) {
      recorder.holds(whole, from, part);
      from += part.size();
    }
    return whole;
  }

  private static int offset(MemoryPlan plan, int step) {
    return plan.offset(step, 0, 1);
  }
}
