package io.norma.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.Concat;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.Flatten;
import io.norma.kernel.layer.GlobalAveragePool;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.MatMul;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.Reduction;
import io.norma.kernel.layer.ReductionKind;
import io.norma.kernel.layer.Relu;
import io.norma.kernel.layer.Reshape;
import io.norma.kernel.layer.Softmax;
import io.norma.kernel.layer.SoftmaxAxis;
import io.norma.kernel.layer.Window;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Networks on images x, (N, 2, 4, 4), or on x after it was flattened to (N, 32). */
final class RowIndependenceTest {
  private static final List<Long> IMAGES = List.of(-1L, 2L, 4L, 4L);

  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Tensor> constants = new HashMap<>();

  @Test
  void holdsForLayersThatKeepRowsApart() {
    constant("w", 3, 2, 1, 1);
    node("c", new Convolution(window(1), 1), "x", "w");
    node("r", new Relu(), "c");
    node("p", new MaxPool(window(2), false, false, false), "r");
    node("joined", new Concat(-3), "p", "p");
    node("a", new GlobalAveragePool(), "joined");
    node("f", new Flatten(1), "a");
    constant("d", 6, 5);
    constant("b", 5);
    node("logits", new Dense(1, 1, false, false), "f", "d", "b");
    node("y", new Softmax(new SoftmaxAxis(-1, false)), "logits");
    assertThat(holds(IMAGES)).isTrue();
  }

  @Test
  void needsRowsThatARequestChooses() {
    node("y", new Relu(), "x");
    assertThat(holds(List.of(8L, 2L, 4L, 4L))).isFalse();
    assertThat(holds(List.of(-1L))).isFalse();
    assertThat(holds(IMAGES)).isTrue();
  }

  @Test
  void failsWhereRowsAreReduced() {
    node("y", new Reduction(ReductionKind.MEAN, new int[] {2, -4}, true, false), "x");
    assertThat(holds(IMAGES)).isFalse();
    nodes.clear();
    node("y", new Reduction(ReductionKind.MEAN, null, true, false), "x");
    assertThat(holds(IMAGES)).isFalse();
    nodes.clear();
    node("y", new Reduction(ReductionKind.MEAN, new int[] {2, -1}, false, false), "x");
    assertThat(holds(IMAGES)).isTrue();
  }

  @Test
  void failsWhereAValueIsAddedToSomeRowsAlone() {
    constant("b", 3, 2, 4, 4);
    node("y", new Add(), "x", "b");
    assertThat(holds(IMAGES)).isFalse();
    constant("b", 1, 2, 4, 4);
    assertThat(holds(IMAGES)).isTrue();
    constant("b", 2, 1, 1);
    assertThat(holds(IMAGES)).isTrue();
  }

  @Test
  void failsWhereRowsChangePlaces() {
    node("y", new Concat(0), "x", "x");
    assertThat(holds(IMAGES)).isFalse();
    nodes.clear();
    node("y", new Concat(-4), "x", "x");
    assertThat(holds(IMAGES)).isFalse();
    nodes.clear();
    node("y", new Flatten(2), "x");
    assertThat(holds(IMAGES)).isFalse();
  }

  @Test
  void failsWhereRowsCompete() {
    node("y", new Softmax(new SoftmaxAxis(0, false)), "x");
    assertThat(holds(IMAGES)).isFalse();
    nodes.clear();
    node("y", new Softmax(new SoftmaxAxis(-4, false)), "x");
    assertThat(holds(IMAGES)).isFalse();
  }

  @Test
  void failsWhereRowsMeetInAProduct() {
    node("f", new Flatten(1), "x");
    node("y", new MatMul(), "f", "f");
    assertThat(holds(IMAGES)).isFalse();
    nodes.removeLast();
    constant("w", 32, 5);
    node("y", new Dense(1, 1, true, false), "f", "w");
    assertThat(holds(IMAGES)).isFalse();
    nodes.removeLast();
    constant("b", 7, 5);
    node("y", new Dense(1, 1, false, false), "f", "w", "b");
    assertThat(holds(IMAGES)).isFalse();
    nodes.removeLast();
    node("y", new MatMul(), "f", "w");
    assertThat(holds(IMAGES)).isTrue();
  }

  @Test
  void failsForLayersItDoesNotKnow() {
    node("y", new Reshape(new int[] {16, -1}, false), "x");
    assertThat(holds(IMAGES)).isFalse();
  }

  @Test
  void failsForAnOutputThatNoRowMakes() {
    constant("k", 1);
    node("y", new Relu(), "k");
    assertThat(holds(IMAGES)).isFalse();
  }

  private boolean holds(List<Long> input) {
    return RowIndependence.of(
        new Network(
            "n",
            List.of(new TensorMetadata("x", DataType.FP32, input)),
            List.of(new TensorMetadata("y", DataType.FP32, List.of(-1L, -1L))),
            nodes,
            constants,
            List.of(),
            new RunningStatistics(Map.of())));
  }

  private static Window window(int size) {
    return Window.of(new int[] {size, size}, new int[] {size, size}, new int[] {0, 0, 0, 0});
  }

  private void constant(String name, int... dimensions) {
    constants.put(name, Tensor.zeros(DataType.FP32, Shape.of(dimensions)));
  }

  private void node(String name, Layer layer, String... inputs) {
    nodes.add(
        new Node(name, layer.getClass().getSimpleName(), layer, List.of(inputs), List.of(name)));
  }
}
