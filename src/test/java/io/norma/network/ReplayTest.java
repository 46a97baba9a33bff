package io.norma.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.Concat;
import io.norma.kernel.layer.Expand;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.Negate;
import io.norma.kernel.layer.Relu;
import io.norma.kernel.layer.Slice;
import io.norma.kernel.layer.Transpose;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Runs whose values have other sizes, or stand elsewhere, than in the run before. */
final class ReplayTest {
  private final Workspace workspace = new Workspace();

  @Test
  void aValueOfAnotherSizeStandsWhereNothingElseDoes() {
    ExecutionPlan plan =
        plan(
            List.of(input("x", 1, 4), input("shape", 2)),
            List.of("y"),
            node(new Relu(), List.of("x"), "a"),
            node(new Expand(), List.of("a", "shape"), "b"),
            node(new Negate(), List.of("b"), "c"),
            node(new Transpose(new int[] {1, 0}), List.of("c"), "y"));
    Tensor x = Tensor.of(Shape.of(1, 4), 1f, 2f, 3f, 4f);
    for (long rows : new long[] {4, 2, 1, 3, 4, 5}) {
      float[] expected = new float[Math.toIntExact(4 * rows)];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = -(1 + (int) (i / rows));
      }
      Tensor y = run(plan, x, longs(rows, 4)).getFirst();
      assertThat(y.toFloatArray()).as("%d rows", rows).isEqualTo(expected);
    }
  }

  @Test
  void partsThatGrowDoNotOverwriteTheirNeighbours() {
    List<Node> nodes = new ArrayList<>();
    for (int part = 0; part < 3; part++) {
      nodes.add(
          node(
              new Slice(null, null, new int[] {1}),
              List.of("x", "zero", "length" + part),
              "part" + part));
    }
    nodes.add(node(new Concat(1), List.of("part0", "part1", "part2"), "y"));
    ExecutionPlan plan =
        plan(
            List.of(
                input("x", 1, 32),
                input("zero", 1),
                input("length0", 1),
                input("length1", 1),
                input("length2", 1)),
            List.of("y"),
            nodes.toArray(Node[]::new));
    float[] elements = new float[32];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = i + 1;
    }
    int[][] schedule = {{16, 16, 16}, {20, 8, 16}, {8, 24, 16}, {16, 16, 16}, {16, 24, 8}};
    for (int[] lengths : schedule) {
      List<Float> expected = new ArrayList<>();
      for (int length : lengths) {
        for (int i = 0; i < length; i++) {
          expected.add(elements[i]);
        }
      }
      Tensor y =
          run(
                  plan,
                  Tensor.of(Shape.of(1, 32), elements),
                  longs(0),
                  longs(lengths[0]),
                  longs(lengths[1]),
                  longs(lengths[2]))
              .getFirst();
      assertThat(y.toFloatArray()).as("lengths %s", lengths).containsExactly(array(expected));
    }
  }

  /** A layer whose output is a copy of its input, or its input itself, as an element has it. */
  @Test
  void aViewThatWasACopyKeepsWhatItShows() {
    Layer copyOrView =
        (inputs, memory) -> {
          Tensor x = inputs.get(0);
          if (inputs.get(1).getLong(0) == 0) {
            return List.of(x);
          }
          Tensor copy = memory.allocate(DataType.FP32, x.shape());
          System.arraycopy(x.array(), x.offset(), copy.array(), copy.offset(), x.size());
          return List.of(copy);
        };
    ExecutionPlan plan =
        plan(
            List.of(input("x", 1, 16), input("copies", 1)),
            List.of("y"),
            node(new Negate(), List.of("x"), "a"),
            node(copyOrView, List.of("a", "copies"), "b"),
            node(new Relu(), List.of("x"), "c"),
            node(new Add(), List.of("c", "x"), "d"),
            node(new Add(), List.of("b", "d"), "y"));
    float[] ones = new float[16];
    Arrays.fill(ones, 1);
    for (long copies : new long[] {1, 0, 1, 0}) {
      Tensor y = run(plan, Tensor.of(Shape.of(1, 16), ones), longs(copies)).getFirst();
      assertThat(y.toFloatArray()).as("copies: %d", copies).containsOnly(1f);
    }
  }

  private List<Tensor> run(ExecutionPlan plan, Tensor... inputs) {
    Normalization frozen = new Normalization.Frozen(plan.bind(plan.network().runningStatistics()));
    return plan.run(List.of(inputs), frozen, workspace);
  }

  private static Tensor longs(long... values) {
    return Tensor.of(Shape.of(values.length), values);
  }

  private static float[] array(List<Float> values) {
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return array;
  }

  private static TensorMetadata input(String name, long... shape) {
    return new TensorMetadata(
        name,
        shape.length == 1 ? DataType.INT64 : DataType.FP32,
        Arrays.stream(shape).boxed().toList());
  }

  private static Node node(Layer layer, List<String> inputs, String output) {
    return new Node(output, layer.getClass().getSimpleName(), layer, inputs, List.of(output));
  }

  private static ExecutionPlan plan(
      List<TensorMetadata> inputs, List<String> outputs, Node... nodes) {
    return ExecutionPlan.compile(
        new Network(
            "replay",
            inputs,
            outputs.stream()
                .map(name -> new TensorMetadata(name, DataType.FP32, List.of(-1L, -1L)))
                .toList(),
            List.of(nodes),
            Map.of(),
            List.of(),
            new RunningStatistics(Map.of())));
  }
}
