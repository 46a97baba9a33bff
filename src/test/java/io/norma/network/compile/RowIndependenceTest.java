package io.norma.network.compile;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.Concat;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.Divide;
import io.norma.kernel.layer.Dropout;
import io.norma.kernel.layer.Elu;
import io.norma.kernel.layer.Exp;
import io.norma.kernel.layer.Expand;
import io.norma.kernel.layer.Flatten;
import io.norma.kernel.layer.Gather;
import io.norma.kernel.layer.GlobalAveragePool;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.LogSoftmax;
import io.norma.kernel.layer.MatMul;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.Maximum;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.layer.PRelu;
import io.norma.kernel.layer.Pad;
import io.norma.kernel.layer.Power;
import io.norma.kernel.layer.Reduction;
import io.norma.kernel.layer.Relu;
import io.norma.kernel.layer.Reshape;
import io.norma.kernel.layer.Resize;
import io.norma.kernel.layer.SameShapes;
import io.norma.kernel.layer.Slice;
import io.norma.kernel.layer.Softmax;
import io.norma.kernel.layer.Split;
import io.norma.kernel.layer.Squeeze;
import io.norma.kernel.layer.Subtract;
import io.norma.kernel.layer.Transpose;
import io.norma.kernel.layer.Unsqueeze;
import io.norma.kernel.layer.Upsample;
import io.norma.kernel.layer.support.Interpolation;
import io.norma.kernel.layer.support.PadMode;
import io.norma.kernel.layer.support.ReductionKind;
import io.norma.kernel.layer.support.Resampling;
import io.norma.kernel.layer.support.SoftmaxAxis;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.normalization.GroupNormalization;
import io.norma.kernel.normalization.LocalResponseNormalization;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.LayerException;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.Normalization;
import io.norma.network.TensorMetadata;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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

  @Test
  void failsWhereAProductSumsOverTheRows() {
    constant("w", 3, 5);
    node("v", mean(false, 1, 2, 3), "x");
    node("y", new MatMul(), "v", "w");
    assertThat(holds(IMAGES)).isFalse();
    nodes.clear();
    node("v", mean(false, 2, 3), "x");
    constant("w", 2, 5);
    node("y", new MatMul(), "v", "w");
    assertThat(holds(IMAGES)).isTrue();
  }

  @Test
  void countsAnAxisOnceThatIsReducedTwice() {
    node("matrix", mean(false, 2, -1, 3), "x");
    node("vector", mean(false, 1, 2, 3), "x");
    node("y", new Add(), "matrix", "vector");
    assertThat(holds(IMAGES)).isFalse();
    nodes.clear();
    node("lines", mean(false, 3, -1), "x");
    node("matrix", mean(false, 2, 3), "x");
    node("y", new Add(), "lines", "matrix");
    assertThat(holds(IMAGES)).isFalse();
    nodes.removeLast();
    node("y", new Add(), "lines", "lines");
    assertThat(holds(IMAGES)).isTrue();
  }

  @Test
  void failsWhereAConstantHasTheShapeOfABatch() {
    constant("c", 1, 2, 4, 4);
    node("y", new SameShapes(new Add()), "x", "c");
    assertThat(holds(IMAGES)).isFalse();
    nodes.clear();
    node("y", new SameShapes(new Add()), "x", "x");
    assertThat(holds(IMAGES)).isTrue();
  }

  @Test
  void failsWhereADropoutsModeIsInTheRows() {
    constants.put("ratio", Tensor.of(Shape.of(), 0.5f));
    node("y", new Dropout(false, true), "x", "ratio", "x");
    assertThat(holds(IMAGES)).isFalse();
  }

  @Test
  void takesAnAxisThatIsFarBeyondAllForOneThatIsNotThere() {
    constants.put("axes", Tensor.of(Shape.of(1), 1L << 40));
    node("y", new Reduction(ReductionKind.MEAN, null, true, false), "x", "axes");
    assertThat(holds(IMAGES)).isFalse();
  }

  /**
   * Two layers behind each other, on values of 1 to 4 axes whose extents and number of rows are all
   * alike, so that everything broadcasts to everything.
   */
  @Test
  void rowsApartHaveTheSameBitsWhereverItHolds() {
    Random random = new Random(3);
    for (Shape shape : CONSTANTS) {
      float[] values = new float[shape.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextFloat() + 0.5f;
      }
      constants.put(shape.toString(), Tensor.of(shape, values));
    }
    float[] elements = new float[ROWS * 3 * 3 * 3];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = random.nextFloat() + 0.5f;
    }
    Tensor x = Tensor.of(Shape.of(ROWS, 3, 3, 3), elements);
    int[] holding = new int[5];
    for (int rank = 1; rank <= 4; rank++) {
      List<Adding> layers = layers(rank);
      for (Adding first : layers) {
        for (Adding second : layers) {
          // They are too many to have all of them.
          if (random.nextInt(8) > 0) {
            continue;
          }
          nodes.clear();
          value("v", rank);
          value("other", Math.max(1, rank - 1));
          first.add("m", "v");
          second.add("y", "m");
          if (holds(List.of(-1L, 3L, 3L, 3L))) {
            holding[rank]++;
            assertRowsApart(x);
          }
        }
      }
    }
    for (int rank = 1; rank <= 4; rank++) {
      assertThat(holding[rank]).as("networks on %d axes", rank).isGreaterThan(100);
    }
  }

  private static final int ROWS = 3;

  private static final List<Shape> CONSTANTS =
      List.of(
          Shape.of(),
          Shape.of(1),
          Shape.of(3),
          Shape.of(1, 1),
          Shape.of(1, 3),
          Shape.of(3, 1),
          Shape.of(3, 3),
          Shape.of(1, 3, 3),
          Shape.of(3, 1, 1),
          Shape.of(3, 3, 3),
          Shape.of(1, 3, 1, 1),
          Shape.of(3, 3, 3, 3),
          Shape.of(1, 1, 3, 3, 3));

  /** Adds a node that makes a value of another. */
  private interface Adding {
    void add(String name, String input);
  }

  private List<Adding> layers(int rank) {
    List<Adding> layers = new ArrayList<>();
    for (Shape shape : CONSTANTS) {
      String constant = shape.toString();
      layers.add((name, input) -> node(name, new Add(), input, constant));
      layers.add((name, input) -> node(name, new Divide(), constant, input));
      layers.add((name, input) -> node(name, new SameShapes(new Multiply()), input, constant));
      layers.add((name, input) -> node(name, new MatMul(), input, constant));
      layers.add(
          (name, input) -> node(name, new Dense(1, 1, false, true), input, "[3,3]", constant));
    }
    addRearranging(layers, rank);
    layers.add((name, input) -> node(name, new Power(), input, "[3,3]"));
    layers.add((name, input) -> node(name, new Maximum(), "[1,3]", input));
    layers.add((name, input) -> node(name, new PRelu(), input, "[3]"));
    layers.add((name, input) -> node(name, new Exp(), input));
    layers.add((name, input) -> node(name, new Elu(1), input));
    layers.add(
        (name, input) -> node(name, GroupNormalization.perChannel(1e-5), input, "[3]", "[3]"));
    layers.add((name, input) -> node(name, new Add(), input, "v"));
    layers.add((name, input) -> node(name, new Subtract(), "other", input));
    layers.add((name, input) -> node(name, new SameShapes(new Add()), "v", input));
    layers.add((name, input) -> node(name, new MatMul(), input, "v"));
    layers.add((name, input) -> node(name, new GlobalAveragePool(), input));
    layers.add((name, input) -> node(name, new LocalResponseNormalization(3, 1, 0.5, 1), input));
    layers.add((name, input) -> normalization(name, input, rank == 1 ? 1 : 3));
    for (int axis = -rank; axis <= rank; axis++) {
      int at = axis;
      layers.add((name, input) -> node(name, new Softmax(new SoftmaxAxis(at, false)), input));
      layers.add((name, input) -> node(name, new LogSoftmax(new SoftmaxAxis(at, true)), input));
      layers.add((name, input) -> node(name, new Concat(at), input, "v"));
      layers.add((name, input) -> node(name, new Flatten(at), input));
      layers.add((name, input) -> node(name, mean(true, at), input));
      layers.add((name, input) -> node(name, mean(false, at), input));
      layers.add((name, input) -> node(name, mean(false, at, -1, -1), input));
    }
    return layers;
  }

  /** Layers that move elements, along every axis and by every shape. */
  private void addRearranging(List<Adding> layers, int rank) {
    for (int[] shape :
        new int[][] {{0, -1}, {0, 3, -1}, {-1, 3}, {3, -1}, {0, 0, -1, 1}, {1, -1}}) {
      layers.add((name, input) -> node(name, new Reshape(shape, false), input));
      layers.add((name, input) -> node(name, new Expand(), input, constant(shape)));
    }
    for (int[] order :
        new int[][] {{0, 1}, {1, 0}, {0, 2, 1}, {2, 1, 0}, {0, 3, 1, 2}, {3, 0, 1, 2}}) {
      layers.add((name, input) -> node(name, new Transpose(order), input));
    }
    for (int axis = -rank - 1; axis <= rank; axis++) {
      int[] axes = {axis};
      layers.add((name, input) -> node(name, new Unsqueeze(axes), input));
      layers.add((name, input) -> node(name, new Squeeze(axes), input));
      layers.add((name, input) -> node(name, new Gather(axes[0]), input, constant(2, 0)));
      layers.add((name, input) -> node(name, new Split(axes[0], new int[] {3}, 1), input));
      layers.add((name, input) ->
          node(name, new Slice(new int[] {1}, new int[] {Integer.MAX_VALUE}, axes), input));
      layers.add((name, input) ->
          node(name, new Slice(new int[] {0}, new int[] {Integer.MAX_VALUE}, axes), input));
      layers.add((name, input) -> node(name, new Slice(new int[] {0}, new int[] {2}, axes), input));
      layers.add((name, input) ->
          node(
              name,
              new Slice(null, null, null),
              input,
              constant(-1),
              constant(-9),
              constant(axes),
              constant(-1)));
      layers.add((name, input) ->
          node(
              name,
              new Resize(Resampling.simple(Interpolation.LINEAR), axes, Resize.AspectRatio.STRETCH),
              input,
              "",
              "",
              constant(5)));
      int[] pads = new int[2 * rank];
      if (axis >= 0 && axis < rank) {
        pads[axis] = 1;
      }
      layers.add((name, input) -> node(name, new Pad(PadMode.CONSTANT, pads, 2), input));
    }
    float[] scales = {1, 1, 2, 2};
    layers.add((name, input) -> node(name, new Upsample(Interpolation.NEAREST, scales), input));
    float[] ofRows = {2, 1, 1, 1};
    layers.add((name, input) -> node(name, new Upsample(Interpolation.NEAREST, ofRows), input));
  }

  private String constant(int... values) {
    String name = "integers" + Arrays.toString(values);
    long[] longs = Arrays.stream(values).asLongStream().toArray();
    constants.put(name, Tensor.of(Shape.of(longs.length), longs));
    return name;
  }

  private void value(String name, int rank) {
    int[] axes = IntStream.range(rank, 4).toArray();
    node(name, rank == 4 ? new Relu() : mean(false, axes), "x");
  }

  private void normalization(String name, String input, int channels) {
    String layer = channels == 1 ? "one" : "three";
    nodes.add(
        new Node(
            name,
            "BatchNormalization",
            (inputs, memory) -> {
              throw new IllegalStateException("bound late");
            },
            List.of(input),
            List.of(name),
            layer));
  }

  private void assertRowsApart(Tensor x) {
    ExecutionPlan plan = ExecutionPlan.compile(network(List.of(-1L, 3L, 3L, 3L)));
    Normalization frozen = new Normalization.Frozen(plan.bind(STATISTICS));
    // A run that somebody watches is never cut.
    Tensor whole =
        result(() -> plan.run(List.of(x), frozen, new Workspace(), (layer, value) -> {}));
    for (int row = 0; row < ROWS; row++) {
      Tensor one = x.rows(row, row + 1);
      Tensor apart = result(() -> plan.run(List.of(one), frozen, new Workspace()));
      assertThat(apart == null).as("%s", nodes).isEqualTo(whole == null);
      if (whole != null && apart != null) {
        Tensor expected = whole.rows(row, row + 1);
        assertThat(apart.shape()).as("%s", nodes).isEqualTo(expected.shape());
        assertThat(apart.toFloatArray()).as("%s", nodes).isEqualTo(expected.toFloatArray());
      }
    }
  }

  /** What a run gives, {@code null} if it is refused. */
  private static @Nullable Tensor result(Supplier<List<Tensor>> run) {
    try {
      return run.get().getFirst();
    } catch (LayerException e) {
      return null;
    }
  }

  private static final List<BatchNormalizationLayer> NORMALIZATIONS =
      List.of(
          new BatchNormalizationLayer("one", new float[] {2}, new float[] {-1}, 1e-5),
          new BatchNormalizationLayer("three", new float[] {2, 3, 4}, new float[3], 1e-5));

  private static final RunningStatistics STATISTICS =
      new RunningStatistics(
          Map.of(
              "one", new ChannelStatistics(new float[] {0.5f}, new float[] {0.3f}),
              "three", new ChannelStatistics(new float[3], new float[] {1, 2, 3})));

  private static Reduction mean(boolean keepAxes, int... axes) {
    return new Reduction(ReductionKind.MEAN, axes, keepAxes, false);
  }

  private boolean holds(List<Long> input) {
    return RowIndependence.of(network(input));
  }

  private Network network(List<Long> input) {
    return new Network(
        "n",
        List.of(new TensorMetadata("x", DataType.FP32, input)),
        List.of(new TensorMetadata("y", DataType.FP32, List.of(-1L, -1L))),
        nodes,
        constants,
        NORMALIZATIONS,
        STATISTICS);
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
